"""What only the network can tell about a tag: the page, the script behind the tag, and whether a WebSocket opens."""

import asyncio
import contextlib
import secrets
import ssl
import time

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Origin, Subprotocol

from core.wire import PROTOCOL_VERSION, SUBPROTOCOL, Hello, encode
from server.verbs._page import Page, Tag, read_page
from server.verbs._tag_findings import Finding, socket_url

TIMEOUT_S = 10.0
SILENCE_S = 1.0
"""A server that does not want a hello says so at once."""

MAX_PAGE_BYTES = 4_000_000
_DAY_S = 86_400
_POLICY = 1008
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; fifthclick check-tag)", "Accept": "text/html,*/*"}


async def fetch_page(url: str) -> Page | Finding:
    """The page at `url` as a first-time visitor gets it, or why not."""
    try:
        async with _client() as client, client.get(url) as response:
            if response.status >= 400:
                return _unreachable(url, f"it answers {response.status} {response.reason or ''}".strip())
            body = await response.content.read(MAX_PAGE_BYTES)
            policies = tuple(response.headers.getall("Content-Security-Policy", []))
            text = body.decode(_encoding(response), errors="replace")
            return read_page(str(response.url), text, policies)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return _unreachable(url, _why(error))


async def script_fault(tag: Tag) -> Finding | None:
    """What is wrong with the file that the tag loads."""
    try:
        async with _client() as client, client.get(tag.src) as response:
            kind = response.headers.get("Content-Type", "none")
            if response.status == 200 and "javascript" in kind:
                return None
            what = f"answers {response.status}" if response.status != 200 else f"is of type {kind}, not a script"
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        what = _why(error)
    return Finding(
        "script_unreachable",
        f"The script {tag.src} does not load: {what}.",
        "see that `fifthclick serve` runs and that the proxy passes /_fc/ to it (docs/operations.md).",
    )


async def socket_fault(tag: Tag, page: Page) -> Finding | None:
    """What is wrong with the WebSocket, tried with a real hello from the page's origin. It leaves no event behind."""
    url = socket_url(tag.host)
    try:
        async with connect(
            url,
            origin=Origin(page.origin),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            open_timeout=TIMEOUT_S,
            proxy=None,
        ) as socket:
            await socket.send(_hello(tag.key))
            await _listen(socket)
    except ConnectionClosed as error:
        code = error.rcvd.code if error.rcvd else None
        return _refused(url, f"it was closed with {code or 'no word'}", page, is_ours=code == _POLICY)
    except InvalidStatus as error:
        status = error.response.status_code
        return _refused(url, f"it answers {status} instead of opening", page, is_ours=status == 403)
    except (OSError, InvalidHandshake, InvalidURI) as error:
        return _refused(url, _why(error), page, is_ours=False)
    return None


async def _listen(socket: ClientConnection) -> None:
    """Give the server the time to say no; silence is consent."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SILENCE_S):
            await socket.recv()


def _refused(url: str, why: str, page: Page, *, is_ours: bool) -> Finding:
    """`is_ours`: the server itself said no, so it was reached."""
    if is_ours:
        step = f"see that the key is right and that {page.origin} is an origin of the site (`fifthclick site list`)."
    else:
        step = "let the proxy pass WebSockets under /_fc/ (docs/operations.md); until then the slower fallback is used."
    return Finding("socket_refused", f"The WebSocket {url} does not open: {why}.", step)


def _hello(key: str) -> bytes:
    now_s = int(time.time())
    stream = (now_s // _DAY_S).to_bytes(2, "big") + secrets.token_bytes(12)
    hello = Hello(
        version=PROTOCOL_VERSION,
        site_key=key,
        session_id=secrets.token_bytes(16),
        stream=stream,
        sent_at_ms=now_s * 1000,
        traffic="simulated",
    )
    return encode(hello)


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), headers=_HEADERS)


def _encoding(response: aiohttp.ClientResponse) -> str:
    try:
        return response.get_encoding()
    except (RuntimeError, LookupError):
        return "utf-8"


def _unreachable(url: str, why: str) -> Finding:
    return Finding("page_unreachable", f"The page {url} cannot be read: {why}.", "check the address in a browser.")


def _why(error: BaseException) -> str:
    """The error in words, without Python's."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT_S:g} seconds"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return "it does not speak https there (an address without http:// is taken as https)"
    if isinstance(cause, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    if isinstance(error, aiohttp.InvalidURL | ValueError) and not isinstance(error, aiohttp.ClientError):
        return "this is not an address"
    return str(error) or type(error).__name__

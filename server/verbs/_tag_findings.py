"""What is wrong with a tag, in words, each with a next step. Pure: what was fetched comes in, sentences come out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from core.rules_text import origin_of
from server.store.publish import StoredSite
from server.verbs._csp import blocking_directive
from server.verbs._page import Page, Tag


class Finding(NamedTuple):
    """One thing about a page. `code` is for tests and scripts; a note is worth knowing and not wrong."""

    code: str
    words: str
    next_step: str = ""
    is_fault: bool = True

    def __str__(self) -> str:
        return f"{self.words} Next: {self.next_step}" if self.next_step else self.words


def findings_in(page: Page, sites: Iterable[StoredSite] | None, wanted: StoredSite | None = None) -> list[Finding]:
    """Everything that the markup shows. `sites`: all that the server knows, None where it cannot be asked."""
    if not page.tags:
        return [_no_tag(page), *_data_layer(page)]
    known = None if sites is None else {site.key: site for site in sites}
    found = [Finding("two_tags", "The tag is in the page more than once, so everything is counted twice.", "keep one.")]
    found = found if len(page.tags) > 1 else []
    tag = page.tags[0]
    return [*found, *_key(tag, page, known, wanted), *_place(tag, page), *_policies(tag, page), *_data_layer(page)]


def _no_tag(page: Page) -> Finding:
    if page.has_commented_tag:
        return Finding("tag_in_comment", "The tag is inside an HTML comment, so no browser sees it.", "take it out.")
    if page.has_tag_manager:
        return Finding(
            "no_tag",
            "The markup has no tag of ours; the page has a tag manager, and what that adds cannot be seen from here.",
            "open the page in a browser and run fifthclick('debug') in its console, or paste the tag into the head.",
        )
    return Finding(
        "no_tag",
        "The page has no tag of ours.",
        "paste the tag into its head; `fifthclick site show SITE` prints it.",
    )


def _key(tag: Tag, page: Page, known: dict[str, StoredSite] | None, wanted: StoredSite | None) -> Iterator[Finding]:
    right = f' data-site="{wanted.key}"' if wanted else " the data-site that `fifthclick site list` prints"
    if not tag.key:
        yield Finding("no_key", "The tag has no site key.", f"add{right}.")
        return
    if tag.key.startswith("sk_"):
        yield Finding("secret_key", "The tag holds a secret key, which everybody can read.", f"replace it by{right}.")
        return
    if wanted is not None and tag.key != wanted.key:
        whose = known[tag.key].site_id if known and tag.key in known else None
        belongs = f"belongs to site {whose}, not" if whose else "is not one that this server knows and does not belong"
        yield Finding("wrong_key", f"The tag's key {tag.key} {belongs} to {wanted.site_id}.", f"use{right}.")
        return
    if known is None:
        return
    site = known.get(tag.key)
    if site is None:
        yield Finding("wrong_key", f"The server knows no site with the key {tag.key}.", f"use{right}.")
    elif origin_of(page.origin) not in site.origins:
        yield origin_fault(page, site.site_id)


def origin_fault(page: Page, site_id: str) -> Finding:
    origin = origin_of(page.origin)
    return Finding(
        "origin_not_allowed",
        f"The page is at {origin}, which is not an origin of site {site_id}, so its events are refused.",
        f"fifthclick site origin add {site_id} {origin}",
    )


def _place(tag: Tag, page: Page) -> Iterator[Finding]:
    if not origin_of(tag.src) or not origin_of(tag.host):
        yield Finding("bad_address", f"The tag's address {tag.src!r} is not one.", "paste the tag again.")
        return
    if page.url.startswith("https:") and (tag.src.startswith("http:") or tag.host.startswith("http:")):
        yield Finding(
            "mixed_content",
            "The page is https and the tag is http, which browsers block.",
            "serve this server over https (docs/operations.md) and write https:// in src and data-host.",
        )
    if tag.kind not in ("", "text/javascript", "application/javascript", "module"):
        yield Finding(
            "waits_for_consent",
            f'The tag has type="{tag.kind}", so it runs only when a consent manager changes that.',
            is_fault=False,
        )


def _policies(tag: Tag, page: Page) -> Iterator[Finding]:
    if not origin_of(tag.src) or not origin_of(tag.host):
        return
    origin, socket = origin_of(tag.host), socket_url(tag.host)
    for policy in page.policies:
        line = None if tag.is_inline else _blocked(policy, "script-src-elem", tag.src, page, tag.nonce)
        if line:
            or_nonce = ", or the nonce to the tag" if "nonce-" in line or "dynamic" in line else ""
            yield Finding(
                "csp_script",
                f"The page's Content-Security-Policy blocks the script: {line}.",
                f"add {origin_of(tag.src)} to script-src{or_nonce}.",
            )
        line = _blocked(policy, "connect-src", tag.host, page) or _blocked(policy, "connect-src", socket, page)
        if line:
            yield Finding(
                "csp_connect",
                f"The page's Content-Security-Policy blocks the connection to the server: {line}.",
                f"add {origin} and {origin_of_socket(socket)} to connect-src.",
            )


def _blocked(policy: str, purpose: str, url: str, page: Page, nonce: str = "") -> str | None:
    return blocking_directive(policy, purpose, url, page_url=page.url, nonce=nonce)


def _data_layer(page: Page) -> Iterator[Finding]:
    if not page.has_data_layer:
        yield Finding(
            "no_data_layer",
            "The page has no dataLayer, so products, carts and purchases are not seen; only pages and clicks are.",
            "switch on GA4 e-commerce in your shop system, or push its events to window.dataLayer.",
        )


def socket_url(host: str) -> str:
    """Where the tracker opens its WebSocket."""
    return "ws" + host.removeprefix("http") + "/v1/stream"


def origin_of_socket(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

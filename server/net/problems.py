"""Answers that are no: RFC 9457 problem details in one sentence and a next step, and never a stack trace."""

import json
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

from core.errors import PeerError
from server.metrics import CONNECTIONS_REFUSED

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_TITLES = {
    400: "Not a frame of ours",
    401: "Not proven",
    403: "Not allowed",
    404: "Not here",
    405: "Not by this method",
    408: "Too slow",
    409: "None left",
    410: "Over",
    413: "Too big",
    429: "Too fast",
    500: "Our fault",
    503: "Try later",
}

_DETAILS = {
    "unknown_site": "No site has this key. Next: compare data-site with what `fifthclick site list` prints.",
    "origin_not_listed": "The site does not list this Origin. Next: add it with `fifthclick site origin`.",
    "key_differs": "The key in the address and the key in the hello differ.",
    "too_big": "The body is over the limit. Next: send fewer events at once.",
    "too_fast": "More requests than one page can mean. Next: wait for Retry-After seconds.",
    "malformed": "The body cannot be read. Next: see docs/protocol.md.",
    "no_hello": "The first frame must be a hello.",
    "subprotocol": "The subprotocol fifthclick.v1 must be offered.",
    "too_slow": "The body did not come in time.",
    "no_sites": "No site is known yet. Next: `fifthclick site add`, or wait until the store is reached.",
    "too_many_connections": "This server is full. Next: try again after Retry-After seconds.",
    "too_many_from_address": "Too many connections from one address. Next: close some.",
    "forged_claim": "This claim was not sealed here, or for another visit.",
    "no_codes": "No code is left in the pool. Next: `fifthclick codes add`.",
    "deadline_passed": "The time for which this was offered is over.",
    "withheld": "The page said that it did not draw this offer, so there is nothing to claim.",
    "store_down": "Claims cannot be kept just now. Next: ask again after Retry-After seconds.",
    "not_signed": "Nothing says who sends this. Next: send Authorization: Bearer sk_..., or a signed webhook; see docs/orders.md.",
    "bad_key": "No site has this secret key. Next: `fifthclick site key SITE` makes a new one.",
    "no_secret": "The site has no secret for webhooks of this kind. Next: `fifthclick site webhook SITE KIND`.",
    "bad_signature": "The signature does not fit, or is over five minutes old. Next: compare the secrets, and the clock.",
    "secret_in_browser": "A secret key is for the shop's own server; this came from a page. Next: make a new key.",
    "bad_order": "This cannot be read as an order; `field` names what is wrong or missing. Next: see docs/orders.md.",
    "orders_wait": "Orders cannot be kept just now. Next: send it again after Retry-After seconds.",
    "draining": "This server is about to restart. Next: try again after Retry-After seconds.",
}


def problem(
    status: int,
    reason: str,
    *,
    headers: Mapping[str, str] | None = None,
    retry_after_s: int | None = None,
    field: str = "",
) -> web.Response:
    """One refusal. `reason` is a code from a small fixed set, `field` a name of ours; what the peer sent is never repeated."""
    body = {"type": "about:blank", "title": _TITLES.get(status, "Refused"), "status": status, "reason": reason}
    if reason in _DETAILS:
        body["detail"] = _DETAILS[reason]
    if field:
        body["field"] = field
    extra = dict(headers or {})
    if retry_after_s is None and status in (429, 503):
        retry_after_s = 5
    if retry_after_s is not None:
        extra["Retry-After"] = str(retry_after_s)
    return web.Response(status=status, text=json.dumps(body), content_type="application/problem+json", headers=extra)


def refuse(status: int, reason: str, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """`problem`, counted as a refused connection."""
    CONNECTIONS_REFUSED.labels(reason).inc()
    return problem(status, reason, headers=headers)


@web.middleware
async def no_traces(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The last line: whatever goes wrong below becomes a problem document."""
    try:
        return await handler(request)
    except PeerError as error:
        return refuse(error.http_status, error.reason)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return problem(error.status, "http", headers={k: v for k, v in error.headers.items() if k == "Allow"})
    except Exception as error:
        # A boundary: the peer learns nothing, the log learns the kind and the place. Nothing that the peer sent is in it.
        log.error("request_failed", error=type(error).__name__, route=_route(request), exc_info=True)
        return problem(500, "internal")


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"

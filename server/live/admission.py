"""Who may come in and as what: the first frame against the site, and the state that its token holds."""

from typing import NamedTuple

from msgspec.structs import replace

from core.errors import Malformed, NotAllowed
from core.records import ARMS, Arm, ToldReason, Traffic
from core.rules import Rules
from core.session import Session
from core.wire import PROTOCOL_VERSION, Hello
from server.live.preview import PreviewRefused, PreviewSealer
from server.live.sites import Site, Sites
from server.live.token import Sealer, TokenRefused
from server.metrics import TOKENS_REFUSED


class Admission(NamedTuple):
    """A hello that was accepted. `traffic` is what it may count as, whatever it said itself.

    `preview`: the rules that hold instead of the site's. `link`: what became of its preview link, a key of `preview.WORDS`;
    empty where it has none. `bot_reason`: why its visit is a robot's, as far as the connection says.
    """

    site: Site
    traffic: Traffic
    forced_arm: Arm | None
    preview: Rules | None = None
    link: str = ""
    bot_reason: ToldReason | None = None

    @property
    def may_have_notices(self) -> bool:
        """Scores and reasons are the merchant's: they are told to a signed link, and on demo sites."""
        return self.site.is_demo or self.link == "preview"


def admit(
    hello: Hello,
    *,
    origin: str | None,
    robot: ToldReason | None = None,
    sites: Sites,
    allows_no_origin: bool,
    links: PreviewSealer | None,
    now_ms: int,
) -> Admission:
    """The site that this hello may speak for, and as what. A preview link that cannot be used is counted and never an error.
    `robot`: what the User-Agent says.

    Raises:
        Malformed: a protocol version that we do not speak.
        NotAllowed: an unknown site key, or an Origin that the site does not list.
    """
    if hello.version != PROTOCOL_VERSION:
        raise Malformed("unknown_version")
    site = sites.by_key(hello.site_key)
    if site is None:
        raise NotAllowed("unknown_site")
    if origin is None:
        if not allows_no_origin:
            raise NotAllowed("no_origin")
    elif origin not in site.origins:
        raise NotAllowed("origin_not_listed")
    ordinary = _as_what(hello, site, is_browser=origin is not None, robot=robot)
    if not hello.preview:
        return ordinary
    if hello.preview in ARMS:  # a word and no secret: for demo sites alone
        return Admission(site, "preview", ARMS[hello.preview]) if site.is_demo else ordinary
    try:
        preview = _previewed(hello.preview, site, links, now_ms)
    except PreviewRefused as refused:
        TOKENS_REFUSED.labels(refused.reason).inc()
        return ordinary._replace(link=refused.reason)
    return Admission(site, "preview", "treatment", preview, "preview")


def _previewed(token: str, site: Site, links: PreviewSealer | None, now_ms: int) -> Rules | None:
    """The rules that the link names, or None where it names none: then the site's own hold. Raises `PreviewRefused`."""
    if links is None:
        raise PreviewRefused("preview_unknown")
    version = links.open(token, site_id=site.site_id, now_ms=now_ms).version
    if not version:
        return None
    for rules in site.previews:
        if rules.version == version:
            return rules
    raise PreviewRefused("preview_unknown")


def _as_what(hello: Hello, site: Site, *, is_browser: bool, robot: ToldReason | None) -> Admission:
    """A shopper's browser cannot mark itself as anything but a robot's.

    A robot that gives its name is one from its first event on and is offered nothing. A browser that is driven by a program
    is served like any other, for a shop's own tests look at its offers, and leaves the results as it settles; on demo sites
    it counts, since there nobody else shops.
    """
    match hello.traffic:
        case "preview" if site.is_demo:
            return Admission(site, "preview", hello.preview_arm)
        case "simulated" | "replayed" if site.is_demo or not is_browser:
            return Admission(site, hello.traffic, None)
        case _ if robot == "named":
            return Admission(site, "bot", None, bot_reason=robot)
        case _:
            is_driven = (robot == "automated" or hello.traffic == "bot") and not site.is_demo
            return Admission(site, "live", None, bot_reason="automated" if is_driven else None)


def join(hello: Hello, admission: Admission, *, sealer: Sealer, now_ms: int) -> tuple[Admission, Session]:
    """As what this page goes on, and from which state: one visit is one thing from its first event to its last.

    A link that the server did not have yet began a visit that counts. It goes on as one, whatever the server has learned
    meanwhile: under one id there are no two states.
    """
    session = _session_of(hello, admission, sealer=sealer, now_ms=now_ms)
    if admission.link == "preview" and session.traffic == "live":
        TOKENS_REFUSED.labels("preview_late").inc()
        return admission._replace(traffic="live", forced_arm=None, preview=None, link="preview_late"), session
    return admission, session


def _session_of(hello: Hello, admission: Admission, *, sealer: Sealer, now_ms: int) -> Session:
    """The state that the token holds, else a fresh one. A token that cannot be used is counted and never an error."""
    fresh = Session(id=hello.session_id, traffic=admission.traffic, forced_arm=admission.forced_arm)
    if not hello.token:
        return fresh
    try:
        session = sealer.open(hello.token, site_id=admission.site.site_id, session_id=hello.session_id, now_ms=now_ms)
    except TokenRefused as refused:
        TOKENS_REFUSED.labels(refused.reason).inc()
        return fresh
    if session.forced_arm == admission.forced_arm and session.traffic == admission.traffic:
        return session
    if admission.traffic == "live" or (admission.link == "preview" and session.traffic == "live" and session.step):
        return (
            session  # What was begun as a preview or a simulation never counts, and what was begun as neither goes on.
        )
    if session.step == 0 or admission.traffic == "bot":  # A robot that only now says so was one before.
        return replace(session, traffic=admission.traffic, forced_arm=admission.forced_arm)
    TOKENS_REFUSED.labels("other_arm").inc()
    return fresh

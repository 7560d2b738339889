"""What tests of the live part are built from: sites, rules, frames, keys, and a peer that remembers what it was sent."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from core import events as ev
from core.actions import ByCode, Content, EmailCapture, FreeShipping, Upsell
from core.records import Arm, Traffic
from core.rules import ActionRule, Arms, Pacing, Rules, bind
from core.wire import Ack, ActionFrame, Batch, Events, Hello, Notice, Withdraw, decode_server_frame, encode
from server.live.preview import PreviewSealer
from server.live.sites import Site, Sites
from server.live.token import Sealer

KEY = "pk_shop"
ORIGIN = "https://shop.example"
SITE_ID = "shop"
SESSION_ID = b"s" * 16
STREAM = b"\x50\x00" + b"a" * 12
START_MS = 1_700_000_000_000

Frame = TypeVar("Frame", Ack, ActionFrame, Withdraw, Notice)

ALL_SEGMENTS_RULES = (
    ActionRule(
        id="free-shipping",
        segments=("on_the_fence", "likely_to_buy"),
        action=FreeShipping(title="Free shipping today", honour=ByCode(code="SHIP")),
    ),
    ActionRule(
        id="newsletter",
        segments=("unlikely_to_buy",),
        trigger="exit_intent",
        action=EmailCapture(title="Stay in touch", form_url="https://shop.example/newsletter", consent="I agree."),
    ),
    ActionRule(
        id="guide",
        segments=("unlikely_to_buy", "on_the_fence"),
        action=Content(title="How to choose", url="https://shop.example/blog"),
    ),
    ActionRule(
        id="case",
        segments=("likely_to_buy",),
        action=Upsell(title="A case for it", url="https://shop.example/product/case"),
    ),
)


def make_rules(
    *actions: ActionRule,
    site_id: str = SITE_ID,
    holdout_share: float = 0.0,
    control_share: float = 0.0,
    pacing: Pacing | None = None,
) -> Rules:
    """Bound rules; without any action named, all four kinds."""
    arms = Arms(holdout_share=holdout_share, control_share=control_share, no_holdout_because="a test")
    rules = Rules(actions=actions or ALL_SEGMENTS_RULES, arms=arms, pacing=pacing or Pacing())
    return bind(rules, site_id=site_id, holdout_salt="salt")


def make_site(rules: Rules | None = None, *, is_demo: bool = False, site_id: str = SITE_ID, key: str = KEY) -> Site:
    return Site(
        site_id=site_id, key=key, origins=(ORIGIN,), is_demo=is_demo, rules=rules or make_rules(site_id=site_id)
    )


def make_sites(rules: Rules | None = None, *, is_demo: bool = False) -> Sites:
    return Sites([make_site(rules, is_demo=is_demo)])


def make_sealer(sealing_key_id: int = 1) -> Sealer:
    return Sealer({1: b"1" * 32, 2: b"2" * 32}, sealing_key_id=sealing_key_id)


def make_links() -> PreviewSealer:
    """What seals and opens preview links, with the keys of `make_sealer`."""
    return PreviewSealer({1: b"1" * 32, 2: b"2" * 32}, sealing_key_id=1)


def hello(
    *,
    token: bytes | None = None,
    key: str = KEY,
    session_id: bytes = SESSION_ID,
    stream: bytes = STREAM,
    traffic: Traffic = "live",
    preview_arm: Arm | None = None,
    wants_notices: bool = False,
    sent_at_ms: int = START_MS,
    version: int = 1,
    preview: str | None = None,
) -> bytes:
    return encode(
        Hello(version, key, session_id, stream, sent_at_ms, token, traffic, preview_arm, wants_notices, preview)
    )


def batch(events: Sequence[ev.Event | bytes], *, stream: bytes = STREAM, covered_seq: int = 0) -> Batch:
    raw = [msgspec.Raw(e if isinstance(e, bytes) else ev.encode_event(e)) for e in events]
    return Batch(stream, covered_seq, raw)


def frame(*events: ev.Event | bytes, stream: bytes = STREAM, covered_seq: int = 0) -> bytes:
    """One frame with these events of one stream."""
    return encode(Events([batch(events, stream=stream, covered_seq=covered_seq)]))


def page_view(seq: int, *, at_s: float = 0.0, page_type: str = "product") -> ev.PageView:
    return ev.PageView(seq=seq, at_ms=START_MS + round(at_s * 1000), page_type=page_type)


def dwell(seq: int, *, at_s: float = 0.0) -> ev.Dwell:
    return ev.Dwell(seq=seq, at_ms=START_MS + round(at_s * 1000), active_ms=2000)


def browsing(pages: int, *, rest_s: float = 10.0) -> list[ev.Event]:
    """That many page views of one document, each followed by a pause: the fourth pause may bring an offer."""
    events: list[ev.Event] = []
    for page in range(pages):
        events.append(page_view(len(events) + 1, at_s=page * rest_s))
        events.append(dwell(len(events) + 1, at_s=page * rest_s + 2))
    return events


class FakePeer:
    """The other end of a connection: `frames` it was sent, and what it was closed with."""

    def __init__(self) -> None:
        self.frames: list[Ack | ActionFrame | Withdraw | Notice] = []
        self.closed_with: tuple[int, str] | None = None

    def send(self, frame: bytes) -> None:
        assert self.closed_with is None, "sent after close"
        self.frames.append(decode_server_frame(frame))

    def close(self, code: int, reason: str) -> None:
        self.closed_with = (code, reason)

    def of(self, kind: type[Frame]) -> list[Frame]:
        """The frames of one kind, in order."""
        return [f for f in self.frames if isinstance(f, kind)]

    @property
    def covered(self) -> dict[bytes, int]:
        """Per stream the highest seq that was acked."""
        found: dict[bytes, int] = {}
        for ack in self.of(Ack):
            found.update(ack.covered)
        return found

"""The state of one session: a value that one event turns into the next, small enough to travel in a sealed token.

Lives here: the state and the fold. Not here: features (`features`), what a score means (`segments`), choices (`policy`).
Budget: 1 KiB sealed after 500 events on 30 pages (DESIGN 3.2). New fields go to the end, with a default.
"""

from msgspec import Struct
from msgspec.structs import replace

from core import events as ev
from core.cart import Cart, Seen, after_commerce, after_look
from core.fields import SESSION_IDLE_MS
from core.hesitation import Hesitation, after_event
from core.pacing import Pacing, after_action, after_new_page
from core.pages import PAGE_BUCKET_COUNT, page_bucket
from core.records import Arm, Scores, Traffic
from core.variants import Dealt

STREAMS_KEPT = 8
TRAIL_LENGTH = 16
MAX_COUNT = 65_535


class Stream(Struct, frozen=True, array_like=True, gc=False):
    """How far one document's events have been folded."""

    id: bytes
    folded_seq: int


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """How the visitor came, as the first page view told it."""

    device: str = "unknown"
    source: str = "unknown"
    local_hour: int | None = None
    is_new_visitor: bool | None = None


class Page(Struct, frozen=True, array_like=True, gc=False):
    """The page on screen, and how long the ones before it were: the last, the one before that, and the longest."""

    page_type: str = ""
    since_ms: int = 0
    topic: str = ""
    last_ms: int = 0
    previous_ms: int = 0
    longest_ms: int = 0
    score_before: float | None = None
    """The purchase score as this page was opened."""


class Session(Struct, frozen=True, array_like=True, gc=False):
    """Everything that a later event's scores and decision depend on.

    Shapes: `hidden` is the scorer's float32 vector. `counts` and `last_seen_ds` hold one number per event tag, the
    latter in 0.1 s of elapsed time; `page_counts` one per page bucket; `trail` 3 bytes (page bucket, elapsed seconds) for
    each of the last 16 page views. `epoch` names this fold and follows from its first event's key, so a fold that is
    repeated from the start gives the very same records. `variants`: what the visit was dealt as it began.
    """

    id: bytes
    traffic: Traffic = "live"
    forced_arm: Arm | None = None
    epoch: bytes = b""
    step: int = 0
    streams: tuple[Stream, ...] = ()
    last_at_ms: int = 0
    elapsed_ms: int = 0
    gap_ms: int = 0
    same_type_gap_ms: int = 0
    counts: tuple[int, ...] = (0,) * ev.EVENT_TAG_COUNT
    last_seen_ds: tuple[int, ...] = (0,) * ev.EVENT_TAG_COUNT
    page_counts: tuple[int, ...] = (0,) * PAGE_BUCKET_COUNT
    page: Page = Page()
    entry: Entry = Entry()
    trail: bytes = b""
    seen: Seen = Seen()
    cart: Cart = Cart()
    scorer_version: str = ""
    hidden: bytes = b""
    scores: Scores | None = None
    peak_score: float = 0.0
    pacing: Pacing = Pacing()
    hesitation: Hesitation = Hesitation()
    variants: tuple[Dealt, ...] = ()

    def folded_seq(self, stream: bytes) -> int | None:
        """The last seq of this stream that is in the state; None for a stream that it does not know."""
        return next((s.folded_seq for s in self.streams if s.id == stream), None)

    def has_seen(self, stream: bytes, seq: int) -> bool:
        folded = self.folded_seq(stream)
        return folded is not None and seq <= folded

    def count(self, event_type: type[ev.Event]) -> int:
        return self.counts[ev.TAG_BY_TYPE[event_type]]

    @property
    def event_count(self) -> int:
        """How many events of the visitor's were folded; what our own offers caused is not among them."""
        return sum(self.counts)


def views_of(session: Session) -> list[tuple[int, int]]:
    """The last page views as (page bucket, elapsed seconds), oldest first."""
    trail = session.trail
    return [(trail[i], int.from_bytes(trail[i + 1 : i + 3], "big")) for i in range(0, len(trail), 3)]


def pass_over(session: Session, stream: bytes, seq: int) -> Session:
    """The same session with `seq` of `stream` behind it: for a place in the stream whose content is lost or unreadable."""
    if session.has_seen(stream, seq):
        return session
    others = tuple(s for s in session.streams if s.id != stream)
    return replace(session, streams=(*others, Stream(stream, seq))[-STREAMS_KEPT:])


def observe(session: Session, stream: bytes, event: ev.Event) -> Session:
    """Fold one event into the session. An event that was folded already returns it unchanged.

    Times are differences of the browser's clock, each clamped to 0..30 minutes, so a clock that jumps costs one gap.
    """
    if session.has_seen(stream, event.seq):
        return session
    session = pass_over(session, stream, event.seq)
    session = replace(session, epoch=session.epoch or _epoch(stream, event.seq), step=session.step + 1)
    if isinstance(event, ev.ACTION_EVENTS):
        # The clock and the counters stay: else features would know that something was shown (DESIGN 3.8).
        at_ms = session.elapsed_ms + _gap_ms(session, event.at_ms)
        return replace(session, pacing=after_action(session.pacing, event, at_ms))
    if isinstance(event, ev.UNSEEN_EVENTS):
        return session
    page_type = session.page.page_type
    session = _folded(_counted(session, event), event)
    hesitation = after_event(session.hesitation, event, page_type=page_type, is_repeat_item=session.seen.is_repeat_item)
    return session if hesitation is session.hesitation else replace(session, hesitation=hesitation)


def _folded(session: Session, event: ev.Event) -> Session:
    """What the event changes beside clock and counters."""
    match event:
        case ev.PageView():
            return _on_page(session, event)
        case ev.ViewItem() | ev.AddToCart() | ev.RemoveFromCart() | ev.ViewCart() | ev.BeginCheckout():
            seen = after_look(session.seen, event.items[0]) if event.items else session.seen
            return replace(session, cart=after_commerce(session.cart, event), seen=seen)
        case ev.AddShippingInfo() | ev.Purchase():
            return replace(session, cart=after_commerce(session.cart, event))
        case (
            ev.ViewItemList() | ev.SelectItem() | ev.AddToWishlist() | ev.AddPaymentInfo() | ev.Refund()
            | ev.Search() | ev.ViewPromotion() | ev.SelectPromotion() | ev.Click() | ev.Scroll() | ev.Dwell()
            | ev.Idle() | ev.ExitIntent() | ev.RageClick() | ev.SectionView() | ev.TabHidden() | ev.TabVisible()
            | ev.FieldLeft() | ev.Custom()
            | ev.ActionShown() | ev.ActionClicked() | ev.ActionDismissed() | ev.ActionSubmitted() | ev.ActionWithheld()
            | ev.WebVitals()
        ):  # fmt: skip
            return session


def _epoch(stream: bytes, seq: int) -> bytes:
    return stream[2:8] + (seq & 0xFFFF).to_bytes(2, "big")


def _gap_ms(session: Session, at_ms: int) -> int:
    return 0 if session.last_at_ms == 0 else min(max(at_ms - session.last_at_ms, 0), SESSION_IDLE_MS)


def _counted(session: Session, event: ev.Event) -> Session:
    """Clock and counters: what every event of the visitor's moves."""
    tag = ev.tag_of(event)
    gap_ms = _gap_ms(session, event.at_ms)
    elapsed_ms = session.elapsed_ms + gap_ms
    count = session.counts[tag]
    return replace(
        session,
        last_at_ms=max(session.last_at_ms, event.at_ms),
        elapsed_ms=elapsed_ms,
        gap_ms=gap_ms,
        same_type_gap_ms=max(0, elapsed_ms - session.last_seen_ds[tag] * 100) if count else 0,
        counts=_with(session.counts, tag, min(count + 1, MAX_COUNT)),
        last_seen_ds=_with(session.last_seen_ds, tag, elapsed_ms // 100),
    )


def _on_page(session: Session, event: ev.PageView) -> Session:
    bucket = page_bucket(event.page_type)
    entry = session.entry
    if session.count(ev.PageView) == 1:
        entry = Entry(event.device, event.source, event.local_hour, event.is_new_visitor)
    before = session.page
    stayed_ms = session.elapsed_ms - before.since_ms if session.count(ev.PageView) > 1 else 0
    seconds = min(session.elapsed_ms // 1000, MAX_COUNT)
    return replace(
        session,
        page=Page(
            event.page_type,
            session.elapsed_ms,
            event.topic,
            last_ms=stayed_ms,
            previous_ms=before.last_ms,
            longest_ms=max(before.longest_ms, stayed_ms),
            score_before=session.scores.purchase if session.scores else None,
        ),
        page_counts=_with(session.page_counts, bucket, min(session.page_counts[bucket] + 1, MAX_COUNT)),
        entry=entry,
        trail=(session.trail + bytes((bucket,)) + seconds.to_bytes(2, "big"))[-3 * TRAIL_LENGTH :],
        pacing=session.pacing if event.navigation == "spa" else after_new_page(session.pacing),
    )


def _with(numbers: tuple[int, ...], index: int, value: int) -> tuple[int, ...]:
    return (*numbers[:index], value, *numbers[index + 1 :])

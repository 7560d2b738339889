"""Short journeys for the core's tests: a shopper in a few lines, and a scorer that says what it is told."""

from collections.abc import Callable, Sequence

from core import events as ev
from core.actions import ByCode, Content, EmailCapture, FreeShipping, Upsell
from core.engine import Step, Turn, advance
from core.features import Encoded
from core.records import Arm, Scores
from core.rules import ActionRule, Arms, Pacing, Rules, bind
from core.scoring import Scored
from core.session import Session

STREAM = b"\x50\x00" + b"a" * 12
START_MS = 1_700_000_000_000


class FixedScorer:
    """Gives the score that `score` makes of the number of events so far."""

    version = "f" * 16
    max_batch = 64

    def __init__(self, score: float | Callable[[int], float] = 0.3, *, leverage: float = 0.0) -> None:
        self._score, self._leverage = score, leverage

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        counts = [int.from_bytes(h or b"\0\0", "big") + 1 for h in hidden]
        score = self._score if callable(self._score) else lambda _: float(self._score)
        return [Scored(n.to_bytes(2, "big"), Scores(score(n), 0.1, leverage=self._leverage)) for n in counts]


FREE_SHIPPING = ActionRule(
    id="free-shipping",
    segments=("on_the_fence", "likely_to_buy"),
    action=FreeShipping(title="Free shipping today", honour=ByCode(code="SHIP")),
)
NEWSLETTER = ActionRule(
    id="newsletter",
    segments=("unlikely_to_buy",),
    action=EmailCapture(title="Stay in touch", form_url="https://shop.example/newsletter", consent="I agree."),
)
GUIDE = ActionRule(
    id="guide",
    segments=("unlikely_to_buy",),
    action=Content(title="How to choose", url="https://shop.example/blog"),
)
UPSELL = ActionRule(
    id="case",
    segments=("likely_to_buy",),
    action=Upsell(title="A case for it", url="https://shop.example/product/case"),
)


def rules(
    *actions: ActionRule, holdout_share: float = 0.0, control_share: float = 0.0, pacing: Pacing | None = None
) -> Rules:
    arms = Arms(holdout_share=holdout_share, control_share=control_share, no_holdout_because="a test of one arm")
    made = Rules(actions=actions or (FREE_SHIPPING, NEWSLETTER), arms=arms, pacing=pacing or Pacing())
    return bind(made, site_id="shop", holdout_salt="salt")


def browse(pages: int, *, page_type: str = "product", rest_s: int = 10) -> list[ev.Event]:
    """That many page views, each followed by a rest that ends with a dwell event."""
    events: list[ev.Event] = []
    for page in range(pages):
        at_ms = START_MS + page * rest_s * 1000
        seq = len(events) + 1
        events.append(ev.PageView(seq=seq, at_ms=at_ms, page_type=page_type))
        events.append(ev.Dwell(seq=seq + 1, at_ms=at_ms + 2000, active_ms=2000))
    return events


def play(
    events: Sequence[ev.Event],
    under: Rules,
    *,
    score: float | Callable[[int], float] = 0.3,
    arm: Arm | None = None,
    session_id: bytes = b"s" * 16,
) -> list[Step]:
    """The steps of one session. The arm is forced where it is named."""
    session = Session(id=session_id, forced_arm=arm)
    steps = []
    for event in events:
        [step] = advance([Turn(session, STREAM, event, under)], FixedScorer(score))
        session = step.session
        steps.append(step)
    return steps


def offers(steps: Sequence[Step]) -> list[str]:
    """Action ids that were sent to the page, in order."""
    return [step.offer.action_id for step in steps if step.offer]


def reasons(steps: Sequence[Step]) -> list[str]:
    """Reason codes where they changed."""
    found = [step.answer.reason for step in steps if step.answer]
    return [r for i, r in enumerate(found) if i == 0 or r != found[i - 1]]


def then(events: Sequence[ev.Event], make: Callable[[int, int], ev.Event], after_ms: int = 1000) -> list[ev.Event]:
    """The journey with one more event, made from the next seq and a time after the last one."""
    last = events[-1]
    return [*events, make(last.seq + 1, last.at_ms + after_ms)]

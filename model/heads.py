"""What the network is asked after every event. A head is data: a name, a kind of answer and a question about what follows.

To add one: a row in `HEADS`, or `chance_of(...)` for any event as a goal. A bundle remembers the heads that it was trained
with; those that the core knows by name (`core.records.Scores`) are served.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core import events as ev
from core.errors import ConfigError

Bools = NDArray[np.bool_]
Kind = Literal["chance", "ratio", "event"]

HELP_PAGES = ("faq", "help")
FORM_PAGES = ("checkout", "shipping", "payment")


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """Does one of `answers` follow: within so many further events, or, without `within`, before the visit ends?

    `answers` are names of `MARKS`, or of any event type. `unless`: the same, and if one of these comes in the visit the
    answer is no. The visit's end itself is the answer `end`.
    """

    answers: tuple[str, ...]
    within: int | None = None
    unless: tuple[str, ...] = ()


class Head(Struct, frozen=True, forbid_unknown_fields=True):
    """One or more columns of the network's last layer.

    Kinds: `chance` is a probability; `ratio` the logarithm of the order's value over what is in the cart or was looked
    at, learned from visits with an order; `event` the type of the next event, a column for each. `share` weighs its loss
    beside the purchase head's 1.
    """

    name: str
    question: Question
    kind: Kind = "chance"
    share: float = 0.05

    @property
    def width(self) -> int:
        return ev.EVENT_TAG_COUNT if self.kind == "event" else 1


BOUGHT = Question(answers=("purchase",))

HEADS: tuple[Head, ...] = (
    Head("purchase", BOUGHT, share=1.0),
    Head("exit", Question(answers=("end",), within=3)),
    Head("abandonment", Question(answers=("cart",), unless=("purchase",))),
    Head("assistance", Question(answers=("help_page", "search_without_result", "form_trouble"), within=5)),
    Head("add_to_cart", Question(answers=("add_to_cart",))),
    Head("order_ratio", BOUGHT, kind="ratio", share=0.03),
    Head("next_event", Question(answers=()), kind="event", share=0.01),
)
"""Every head of a bundle that is trained here, in the order of its columns. The purchase head comes first.

The shares are small because all heads read one state: with five times as much for the others, the purchase head lost .006
of AUROC on recorded sessions."""


LEVERAGE = Head("leverage", Question(answers=()), share=0.0)
"""No training teaches it with the others: it is fitted on their states afterwards (`model.leverage`), where it can be known."""


def chance_of(event_name: str) -> Head:
    """A head for a goal: the chance that this event follows before the visit ends.

    Raises:
        ConfigError: no such event.
    """
    if event_name not in ev.TYPE_BY_NAME:
        raise ConfigError(
            f"there is no event {event_name!r}. Next: use a name of docs/protocol.md, such as add_to_wishlist."
        )
    return Head(event_name, Question(answers=(event_name,)))


def columns_of(heads: Sequence[Head]) -> dict[str, slice]:
    """Where each head's columns are in the last layer."""
    places, at = {}, 0
    for head in heads:
        places[head.name] = slice(at, at + head.width)
        at += head.width
    return places


def _is_form_trouble(event: ev.Event, page_type: str) -> bool:
    is_hit = isinstance(event, ev.RageClick)
    is_left_empty = isinstance(event, ev.FieldLeft) and not event.is_filled
    return page_type in FORM_PAGES and (is_hit or is_left_empty)


MARKS: dict[str, Callable[[ev.Event, str], bool]] = {
    "help_page": lambda e, page_type: isinstance(e, ev.PageView) and e.page_type in HELP_PAGES,
    "search_without_result": lambda e, page_type: isinstance(e, ev.Search) and e.result_count == 0,
    "form_trouble": _is_form_trouble,
    "cart": lambda e, page_type: isinstance(e, ev.AddToCart),
}
"""What can answer a question beside the bare type of an event: of an event and the page that it happened on."""


def marks_of(name: str, events: Sequence[tuple[ev.Event, str]]) -> Bools:
    """At which of these (event, page type) the answer is given [T]."""
    test = MARKS.get(name)
    if test is not None:
        return np.array([test(event, page_type) for event, page_type in events], dtype=np.bool_)
    kind = ev.TYPE_BY_NAME[name]
    return np.array([isinstance(event, kind) for event, _ in events], dtype=np.bool_)


def targets_of(question: Question, events: Sequence[tuple[ev.Event, str]], has_bought: bool) -> NDArray[np.float32]:
    """The question's answer at each step [T]: 1 or 0. Looks forward only: an event never answers its own question.

    A purchase may be known from the visit's label alone; then it follows every step.
    """
    length = len(events)
    is_answered = np.zeros(length, dtype=np.bool_)
    for name in question.answers:
        if name == "end":
            is_answered |= np.arange(length) >= length - 1 - (question.within or 0)
        elif name == "cart":
            # A cart that is there already stays one.
            is_answered |= bool(marks_of(name, events).any())
        elif name == "purchase":
            is_answered |= has_bought
        else:
            is_answered |= _follows(marks_of(name, events), question.within)
    for name in question.unless:
        if has_bought if name == "purchase" else bool(marks_of(name, events).any()):
            is_answered[:] = False
    return is_answered.astype(np.float32)


def _follows(marks: Bools, within: int | None) -> Bools:
    """Whether a mark comes after each step, within so many further ones."""
    length = len(marks)
    at = np.where(marks, np.arange(length), np.iinfo(np.int64).max // 2)
    following = np.append(np.minimum.accumulate(at[::-1])[::-1][1:], np.iinfo(np.int64).max // 2)
    reach: int = length if within is None else within
    result: Bools = following - np.arange(length) <= reach
    return result

"""Sessions as the network takes them: folded and encoded by the core's own functions, the very ones that serve.

There is no second encoder: a feature means at training what it means online, because it is the same call.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from torch import Tensor

from core import events as ev
from core import features
from core.features import NUMBER_COUNT, encode, is_feature
from core.goals import value_of
from core.session import Session, observe
from model.heads import HEADS, LEVERAGE, Head, targets_of

CHUNK_BATCHES = 50
"""Sessions are sorted by length inside chunks of this many batches: little padding, and still a fresh order each epoch."""


CHECKOUTS = features.FEATURE_NAMES.index("checkouts")
CHECKOUT_FOCUS = 6.0
EARLY_CLICKS = 8
LATE_SHARE = 0.3
"""The promise is the fifth click: what comes after the eighth teaches less, however long a visit goes on."""
RATIO_MOST = 3.0
"""An order of more than e^3 times what was in view, or less than its inverse, says nothing more by being further off."""


class Recorded(Struct, frozen=True):
    """One finished session, whatever its source. `events` are (stream, event) pairs in the order in which they happened.

    `has_bought` is the label; where the data has purchase events it says that there is one. `split` is the source's own.
    `was_offered`: an action was chosen in it. Such a session may not calibrate: its score moved its own outcome.
    `chances`: where the source knows more than the outcome, the chance to buy that it gives at each event, or None;
    `leverages` the same for how far an offer that works would move the visit (`model.leverage`).
    """

    session_id: str
    events: Sequence[tuple[bytes, ev.Event]]
    has_bought: bool
    split: str = ""
    was_offered: bool = False
    chances: Sequence[float | None] = ()
    leverages: Sequence[float | None] = ()

    @property
    def began_at_ms(self) -> int:
        """The first event's time; what a split by time goes by."""
        return self.events[0][1].at_ms if self.events else 0


class Encoded(NamedTuple):
    """A session as arrays. T scored events, N numbers each, A heads.

    `events` [T], `pages` [T] (codes), `numbers` [T, N]. `clicks` [T]: page views up to and with this event. `is_click`
    [T]: this event is one. `targets` [T, A]: what each head should say. `asked` [T, A]: 0 where it is not asked, else how
    much that counts beside other steps. `open_steps`: the first steps, before a purchase, are the ones that can be asked
    about buying. `leverages` [T], or [0] where none is known: not a number where that step's is not.
    """

    events: NDArray[np.int64]
    pages: NDArray[np.int64]
    numbers: NDArray[np.float32]
    clicks: NDArray[np.int64]
    is_click: NDArray[np.bool_]
    targets: NDArray[np.float32]
    asked: NDArray[np.float32]
    open_steps: int
    has_bought: bool
    split: str
    was_offered: bool
    began_at_ms: int = 0
    session_id: str = ""
    leverages: NDArray[np.float64] = np.zeros(0)

    @property
    def length(self) -> int:
        return len(self.events)


class Batch(NamedTuple):
    """Shapes: B sessions padded to T steps, A heads. `targets` [B, T, A]; `weights` [B, T, A], 0 where nothing is asked."""

    events: Tensor
    pages: Tensor
    numbers: Tensor
    targets: Tensor
    weights: Tensor


def encode_session(recorded: Recorded, *, most_events: int = 600, heads: Sequence[Head] = HEADS) -> Encoded:
    """Fold and encode one session, event by event, as the server would."""
    session = Session(id=b"")
    rows: list[features.Encoded] = []
    happened: list[tuple[ev.Event, str]] = []
    basis: list[float] = []
    clicks: list[int] = []
    chances: list[float | None] = []
    leverages: list[float] = []
    open_steps: int | None = None
    given, told = recorded.chances or repeat(None), recorded.leverages or repeat(None)
    for (stream, event), chance, leverage in zip(recorded.events[:most_events], given, told, strict=False):
        session = observe(session, stream, event)
        if not is_feature(event):
            continue
        if open_steps is None and _ends_the_question(event):
            open_steps = len(rows)
        rows.append(encode(session, event))
        happened.append((event, session.page.page_type))
        basis.append(features.order_basis_minor(session))
        chances.append(chance)
        leverages.append(np.nan if leverage is None else leverage)
        clicks.append(session.count(ev.PageView))
    open_steps = len(rows) if open_steps is None else open_steps
    encoded = Encoded(
        events=np.array([row.event for row in rows], dtype=np.int64),
        pages=np.array([row.page for row in rows], dtype=np.int64),
        numbers=np.array([row.numbers for row in rows], dtype=np.float32).reshape(len(rows), NUMBER_COUNT),
        clicks=np.array(clicks, dtype=np.int64),
        is_click=np.array([isinstance(event, ev.PageView) for event, _ in happened], dtype=np.bool_),
        targets=np.zeros((len(rows), len(heads)), np.float32),
        asked=np.zeros((len(rows), len(heads)), np.float32),
        open_steps=open_steps,
        has_bought=recorded.has_bought,
        split=recorded.split,
        was_offered=recorded.was_offered,
        leverages=np.array(leverages),
        began_at_ms=recorded.began_at_ms,
        session_id=recorded.session_id,
    )
    _ask(encoded, heads, happened, np.array(basis), chances)
    if len(recorded.events) > most_events:
        _forget_the_end(encoded, heads)
    return encoded


def _forget_the_end(encoded: Encoded, heads: Sequence[Head]) -> None:
    """A session that was cut off here went on: near the cut nobody is asked how soon it ends."""
    for place, head in enumerate(heads):
        if "end" in head.question.answers:
            encoded.asked[encoded.targets[:, place] > 0, place] = 0.0


def _ask(
    encoded: Encoded,
    heads: Sequence[Head],
    happened: Sequence[tuple[ev.Event, str]],
    basis_minor: NDArray[np.float64],
    chances: Sequence[float | None],
) -> None:
    """Fills `targets` and `asked`, head by head."""
    share = step_weights(encoded)
    is_open = np.arange(encoded.length) < encoded.open_steps
    order_minor = sum(value_of(event) for event, _ in happened if isinstance(event, ev.Purchase))
    for place, head in enumerate(heads):
        if head.name == LEVERAGE.name:
            continue  # no recorded visit tells it, so nobody is asked
        asked = share * is_open
        if head.kind == "ratio":
            asked = asked * (basis_minor > 0) * (order_minor > 0)
            targets = np.log(max(order_minor, 1) / np.maximum(basis_minor, 1.0)).clip(-RATIO_MOST, RATIO_MOST)
        elif head.kind == "event":
            asked = np.append(share[1:] > 0, False) * share[: encoded.length]
            targets = np.append(encoded.events[1:], 0)
        else:
            targets = targets_of(head.question, happened, encoded.has_bought)
            if "end" in head.question.answers:
                asked = share
        encoded.targets[:, place] = targets
        encoded.asked[:, place] = asked
    known = [i for i, chance in enumerate(chances) if chance is not None]
    encoded.targets[known, 0] = [chances[i] for i in known]


def _ends_the_question(event: ev.Event) -> bool:
    """Shops show the confirmation before they report the purchase: who is there has bought, so nothing is predicted."""
    return isinstance(event, ev.Purchase) or (isinstance(event, ev.PageView) and event.page_type == "confirmation")


def encode_all(sessions: Iterable[Recorded]) -> list[Encoded]:
    """Every session that has at least one scored event."""
    encoded = (encode_session(session) for session in sessions)
    return [session for session in encoded if session.length > 0]


def batches(sessions: Sequence[Encoded], size: int, chance: Random) -> Iterator[Batch]:
    """One epoch in batches of sessions of about the same length, in a new order."""
    order = list(range(len(sessions)))
    chance.shuffle(order)
    chunk = size * CHUNK_BATCHES
    groups = []
    for start in range(0, len(order), chunk):
        part = sorted(order[start : start + chunk], key=lambda i: sessions[i].length)
        groups += [part[i : i + size] for i in range(0, len(part), size)]
    chance.shuffle(groups)
    for group in groups:
        yield pad([sessions[i] for i in group])


def step_weights(session: Encoded) -> NDArray[np.float32]:
    """What each step counts [T].

    The later events of a page count less, so that a page that reports much says little more than another; steps after
    a begun checkout count more, because they are rare and the costliest decisions are taken there. A weight may depend
    on what came before the step and on nothing after it: else the weighted share of buyers is not the chance to buy.
    """
    starts = np.flatnonzero(np.diff(session.clicks, prepend=-1))
    first = starts[np.searchsorted(starts, np.arange(session.length), side="right") - 1]
    on_page = np.arange(session.length) - first
    focus = np.where(session.numbers[:, CHECKOUTS] > 0, CHECKOUT_FOCUS, 1.0)
    early = np.where(session.clicks > EARLY_CLICKS, LATE_SHARE, 1.0)
    weights: NDArray[np.float32] = (early * focus / np.sqrt(1.0 + on_page)).astype(np.float32)
    return weights


def pad(sessions: Sequence[Encoded]) -> Batch:
    """Some sessions as one batch. Padding is zeros, asked nothing."""
    shape = (len(sessions), max(s.length for s in sessions))
    events, pages = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    numbers = np.zeros((*shape, NUMBER_COUNT), np.float32)
    heads = sessions[0].targets.shape[1]
    targets, weights = np.zeros((*shape, heads), np.float32), np.zeros((*shape, heads), np.float32)
    for i, session in enumerate(sessions):
        length = session.length
        events[i, :length] = session.events
        pages[i, :length] = session.pages
        numbers[i, :length] = session.numbers
        targets[i, :length] = session.targets
        weights[i, :length] = session.asked
    return Batch(
        torch.from_numpy(events),
        torch.from_numpy(pages),
        torch.from_numpy(numbers),
        torch.from_numpy(targets),
        torch.from_numpy(weights),
    )

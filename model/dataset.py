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
from core.session import Session, observe

LEAVES_WITHIN = 3
"""The exit head's question: does the session end within this many further events?"""
CHUNK_BATCHES = 50
"""Sessions are sorted by length inside chunks of this many batches: little padding, and still a fresh order each epoch."""


CHECKOUTS = features.FEATURE_NAMES.index("checkouts")
CHECKOUT_FOCUS = 6.0


class Recorded(Struct, frozen=True):
    """One finished session, whatever its source. `events` are (stream, event) pairs in the order in which they happened.

    `has_bought` is the label; where the data has purchase events it says that there is one. `split` is the source's own.
    `was_offered`: an action was chosen in it. Such a session may not calibrate: its score moved its own outcome.
    `chances`: where the source knows more than the outcome, the chance to buy that it gives at each event, or None.
    """

    session_id: str
    events: Sequence[tuple[bytes, ev.Event]]
    has_bought: bool
    split: str = ""
    was_offered: bool = False
    chances: Sequence[float | None] = ()


class Encoded(NamedTuple):
    """A session as arrays. T scored events, N numbers each.

    `events` [T], `pages` [T], `numbers` [T, N]. `clicks` [T]: page views up to and with this event. `is_click` [T]:
    this event is one. `targets` [T]: what the purchase head should say. `open_steps`: the first steps, before a
    purchase, are the ones that can be asked about buying.
    """

    events: NDArray[np.int64]
    pages: NDArray[np.int64]
    numbers: NDArray[np.float32]
    clicks: NDArray[np.int64]
    is_click: NDArray[np.bool_]
    targets: NDArray[np.float32]
    open_steps: int
    has_bought: bool
    split: str
    was_offered: bool

    @property
    def length(self) -> int:
        return len(self.events)


class Batch(NamedTuple):
    """Shapes: B sessions padded to T steps. `targets` [B, T, 2]; `weights` [B, T, 2], 0 where a head is not asked."""

    events: Tensor
    pages: Tensor
    numbers: Tensor
    targets: Tensor
    weights: Tensor


def encode_session(recorded: Recorded, *, most_events: int = 600) -> Encoded:
    """Fold and encode one session, event by event, as the server would."""
    session = Session(id=b"")
    rows: list[features.Encoded] = []
    clicks: list[int] = []
    is_click: list[bool] = []
    targets: list[float] = []
    open_steps: int | None = None
    outcome = float(recorded.has_bought)
    chances = recorded.chances or repeat(None)
    for (stream, event), chance in zip(recorded.events[:most_events], chances, strict=False):
        session = observe(session, stream, event)
        if not is_feature(event):
            continue
        if open_steps is None and _ends_the_question(event):
            open_steps = len(rows)
        rows.append(encode(session, event))
        targets.append(outcome if chance is None else chance)
        clicks.append(session.count(ev.PageView))
        is_click.append(isinstance(event, ev.PageView))
    return Encoded(
        events=np.array([row.event for row in rows], dtype=np.int64),
        pages=np.array([row.page for row in rows], dtype=np.int64),
        numbers=np.array([row.numbers for row in rows], dtype=np.float32).reshape(len(rows), NUMBER_COUNT),
        clicks=np.array(clicks, dtype=np.int64),
        is_click=np.array(is_click, dtype=np.bool_),
        targets=np.array(targets, dtype=np.float32),
        open_steps=len(rows) if open_steps is None else open_steps,
        has_bought=recorded.has_bought,
        split=recorded.split,
        was_offered=recorded.was_offered,
    )


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
    weights: NDArray[np.float32] = (focus / np.sqrt(1.0 + on_page)).astype(np.float32)
    return weights


def pad(sessions: Sequence[Encoded]) -> Batch:
    """Some sessions as one batch. Padding is zeros, asked nothing."""
    shape = (len(sessions), max(s.length for s in sessions))
    events, pages = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    numbers = np.zeros((*shape, NUMBER_COUNT), np.float32)
    targets, weights = np.zeros((*shape, 2), np.float32), np.zeros((*shape, 2), np.float32)
    for i, session in enumerate(sessions):
        length = session.length
        events[i, :length] = session.events
        pages[i, :length] = session.pages
        numbers[i, :length] = session.numbers
        targets[i, : session.open_steps, 0] = session.targets[: session.open_steps]
        share = step_weights(session)
        weights[i, : session.open_steps, 0] = share[: session.open_steps]
        targets[i, max(0, length - 1 - LEAVES_WITHIN) : length, 1] = 1.0
        weights[i, :length, 1] = share
    return Batch(
        torch.from_numpy(events),
        torch.from_numpy(pages),
        torch.from_numpy(numbers),
        torch.from_numpy(targets),
        torch.from_numpy(weights),
    )

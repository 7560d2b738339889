"""Training: one-cycle Adam over every prefix of every session, early stop on sessions held out, one thread, one seed."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray

from core.errors import ConfigError
from model.bundle import Platt
from model.calibrate import fit_by_click, usable
from model.dataset import Encoded, batches, pad
from model.heads import HEADS, Head, columns_of
from model.landing import settle_landing
from model.leverage import with_leverage
from model.logits import logits_of
from model.losses import loss_of, mean_weights
from model.network import UNKNOWN_PAGE, Network

SESSIONS_LEAST = 50
VOCABULARY_MOST = 64
"""Page types that get a place of their own, the most frequent first."""
PAGES_LEAST = 20
"""A page type that was seen more rarely teaches nothing about itself."""


class Plan(Struct, frozen=True):
    """How to train: one cycle of the rate. Small batches, because what matters is rare: with 256 sessions a step the same
    passes left the states after a broken-off checkout undertrained, and an undertrained GRU loses .02 of AUROC."""

    seed: int = 1
    epochs: int = 20
    batch: int = 64
    peak_rate: float = 5e-3
    patience: int = 6


class Parts(NamedTuple):
    """Sessions by the one use that is made of them."""

    fit: list[Encoded]
    choose: list[Encoded]
    calibrate: list[Encoded]
    test: list[Encoded]


class Epoch(NamedTuple):
    """One pass: the losses per session on the sessions that teach and on those that choose."""

    number: int
    fit_loss: float
    choose_loss: float


class Trained(NamedTuple):
    network: Network
    calibration: dict[str, tuple[Platt, ...]]
    parts: Parts
    history: list[Epoch]
    heads: tuple[Head, ...]


Progress = Callable[[int, int, float], None]
"""Told after each epoch: how many are done, of how many, and the loss on the sessions that choose."""


def split(sessions: Sequence[Encoded], seed: int) -> Parts:
    """Fit, choose (early stop), calibrate, test.

    A source's own split is kept: all its `train` rows teach, half of its `val` rows calibrate, and the other half chooses and
    tests: what is chosen is no more than the epoch. Else the latest tenth tests; sessions of one time are in a random order.

    Raises:
        ConfigError: too few sessions, none or all of them bought, or a single `val` row.
    """
    chance = Random(seed)
    pool = list(sessions)
    chance.shuffle(pool)
    if {"train", "val"} <= {s.split for s in sessions}:
        held = [s for s in pool if s.split == "val"]
        choose, known = held[: len(held) // 2], held[len(held) // 2 :]
        parts = Parts([s for s in pool if s.split == "train"], choose, known, choose)
    else:
        pool.sort(key=lambda s: s.began_at_ms)
        tenth = max(1, len(pool) // 10)
        test, rest = pool[-tenth:], pool[:-tenth]
        chance.shuffle(rest)
        parts = Parts(rest[2 * tenth :], rest[:tenth], rest[tenth : 2 * tenth], test)
    bought = sum(s.has_bought for s in parts.fit)
    if len(sessions) < SESSIONS_LEAST or not 0 < bought < len(parts.fit):
        raise ConfigError(
            f"{len(sessions)} sessions, {bought} of those to learn from with a purchase: too few to train on. "
            f"Next: bring at least {SESSIONS_LEAST}, some with and some without a purchase."
        )
    if not (parts.choose and parts.calibrate):
        raise ConfigError("one val row cannot both choose and calibrate. Next: mark a tenth of the rows val, or none.")
    return parts


Lessons = Callable[[Sequence[Encoded], Sequence[Encoded]], list[Encoded]]
"""Turns the sessions that teach, beside those that choose, into what is taught: `distil.with_lessons`, say."""


def fit(
    sessions: Sequence[Encoded],
    plan: Plan,
    progress: Progress | None = None,
    *,
    heads: Sequence[Head] = HEADS,
    lessons: Lessons | None = None,
) -> Trained:
    """Train and calibrate a network on these sessions."""
    parts = split(sessions, plan.seed)
    teach = lessons(parts.fit, parts.choose) if lessons is not None else parts.fit
    network, history = fit_network(teach, parts.choose, plan, progress, heads=heads)
    settle_landing(network, parts.fit)
    calibration = calibrate(network, parts.calibrate, heads)
    network, grown = with_leverage(network, heads, parts.fit)
    return Trained(network, calibration, parts, history, grown)


def fit_network(
    teach: Sequence[Encoded],
    choose: Sequence[Encoded],
    plan: Plan,
    progress: Progress | None = None,
    *,
    heads: Sequence[Head] = HEADS,
) -> tuple[Network, list[Epoch]]:
    """A network taught by `teach`, as it was after the epoch that `choose` liked best; and what each epoch gave."""
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    chance = Random(plan.seed)
    scale = mean_weights(teach)
    network = Network(vocabulary_of(teach), heads=heads)
    optimiser = torch.optim.Adam(network.parameters(), lr=plan.peak_rate)
    steps = plan.epochs * sum(1 for _ in range(0, len(teach), plan.batch))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.peak_rate, total_steps=max(2, steps + 1))
    best, best_weights, since = float("inf"), network.state_dict(), 0
    history: list[Epoch] = []
    for number in range(1, plan.epochs + 1):
        network.train()
        total = 0.0
        for batch in batches(teach, plan.batch, chance):
            optimiser.zero_grad()
            loss = loss_of(network(batch.events, batch.pages, batch.numbers), batch, heads, scale)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(batch.events)
        value = mean_loss(network, choose, heads, scale)
        history.append(Epoch(number, total / len(teach), value))
        if progress is not None:
            progress(number, plan.epochs, value)
        since += 1
        if value < best:
            best, since = value, 0
            best_weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        if since >= plan.patience:
            break
    network.load_state_dict(best_weights)
    _place_the_unknown(network, teach)
    return network.eval(), history


def vocabulary_of(sessions: Sequence[Encoded]) -> list[int]:
    """The codes of the page types that these sessions know well, the most frequent first."""
    seen: Counter[int] = Counter()
    for session in sessions:
        seen.update(session.pages[session.is_click].tolist())
    return [code for code, count in seen.most_common(VOCABULARY_MOST) if count >= PAGES_LEAST and code > 0]


@torch.no_grad()
def _place_the_unknown(network: Network, sessions: Sequence[Encoded]) -> None:
    """A page type that was never learned counts as an average one, and not as the noise that its place began with."""
    counts = torch.zeros(len(network.page.weight))
    for session in sessions:
        counts += torch.bincount(network.places_of(session.pages), minlength=len(counts))
    known = counts.clone()
    known[UNKNOWN_PAGE] = 0
    if counts[UNKNOWN_PAGE] < PAGES_LEAST and known.sum() > 0:
        network.page.weight[UNKNOWN_PAGE] = (known[:, None] * network.page.weight).sum(0) / known.sum()


@torch.no_grad()
def mean_loss(
    network: Network, sessions: Sequence[Encoded], heads: Sequence[Head], scale: NDArray[np.float64]
) -> float:
    """The loss per session over all these sessions, each head's by its share."""
    network.eval()
    total = 0.0
    for start in range(0, len(sessions), 512):
        batch = pad(sessions[start : start + 512])
        logits = network(batch.events, batch.pages, batch.numbers)
        total += float(loss_of(logits, batch, heads, scale)) * len(batch.events)
    return total / max(1, len(sessions))


def calibrate(
    network: Network, sessions: Sequence[Encoded], heads: Sequence[Head] = HEADS
) -> dict[str, tuple[Platt, ...]]:
    """Each chance head's calibration, click by click, from sessions that chose nothing else."""
    sessions = usable(sessions)
    if not sessions:
        return {}
    columns = columns_of(heads)
    rows = np.concatenate(logits_of(network, sessions))
    targets, asked = np.concatenate([s.targets for s in sessions]), np.concatenate([s.asked for s in sessions])
    clicks = np.concatenate([s.clicks for s in sessions])
    return {
        head.name: fit_by_click(
            rows[:, columns[head.name].start],
            targets[:, place].astype(np.float64),
            asked[:, place].astype(np.float64),
            clicks,
            sessions=len(sessions),
        )
        for place, head in enumerate(heads)
        if head.kind == "chance"
    }

"""Training: one-cycle Adam over every prefix of every session, early stop on sessions held out, one thread, one seed."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from msgspec import Struct
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from core.errors import ConfigError
from model.bundle import Platt
from model.calibrate import fit_platt, usable
from model.dataset import Batch, Encoded, batches, pad, step_weights
from model.network import Network

SESSIONS_LEAST = 50
EXIT_SHARE = 0.3
"""The exit head's part of the loss: it helps, but the purchase is what the product is about."""


class Plan(Struct, frozen=True):
    """How to train: one cycle of the rate. Small batches, because what matters is rare: with 256 sessions a step the same
    passes left the states after a broken-off checkout undertrained, and an undertrained GRU loses .02 of AUROC."""

    seed: int = 1
    epochs: int = 10
    batch: int = 64
    peak_rate: float = 5e-3
    patience: int = 4


class Parts(NamedTuple):
    """Sessions by the one use that is made of them."""

    fit: list[Encoded]
    choose: list[Encoded]
    calibrate: list[Encoded]
    test: list[Encoded]


class Trained(NamedTuple):
    network: Network
    purchase: Platt
    exit: Platt
    parts: Parts
    epochs: int


Progress = Callable[[int, int, float], None]
"""Told after each epoch: how many are done, of how many, and the loss on the sessions that choose."""


def split(sessions: Sequence[Encoded], seed: int) -> Parts:
    """Fit, choose (early stop), calibrate, test. A source's own `train` and `val` rows keep to that; else a tenth tests.

    Raises:
        ConfigError: too few sessions, or none or all of them bought.
    """
    own = {s.split for s in sessions}
    has_own = {"train", "val"} <= own
    pool = [s for s in sessions if s.split == "train"] if has_own else list(sessions)
    Random(seed).shuffle(pool)
    tenth = max(1, len(pool) // 10)
    test = [s for s in sessions if s.split == "val"] if has_own else pool[:tenth]
    rest = pool if has_own else pool[tenth:]
    parts = Parts(rest[2 * tenth :], rest[:tenth], rest[tenth : 2 * tenth], test)
    bought = sum(s.has_bought for s in parts.fit)
    if len(sessions) < SESSIONS_LEAST or not 0 < bought < len(parts.fit):
        raise ConfigError(
            f"{len(sessions)} sessions, {bought} of those to learn from with a purchase: too few to train on. "
            f"Next: bring at least {SESSIONS_LEAST}, some with and some without a purchase."
        )
    return parts


def fit(sessions: Sequence[Encoded], plan: Plan, progress: Progress | None = None) -> Trained:
    """Train and calibrate a network on these sessions."""
    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    chance = Random(plan.seed)
    parts = split(sessions, plan.seed)
    weight = mean_weight(parts.fit)
    network = Network()
    optimiser = torch.optim.Adam(network.parameters(), lr=plan.peak_rate)
    steps = plan.epochs * sum(1 for _ in range(0, len(parts.fit), plan.batch))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.peak_rate, total_steps=max(2, steps + 1))
    best, best_weights, since = float("inf"), network.state_dict(), 0
    epoch = 0
    for epoch in range(1, plan.epochs + 1):
        network.train()
        for batch in batches(parts.fit, plan.batch, chance):
            optimiser.zero_grad()
            torch.autograd.backward(loss_of(network, batch, weight))
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        value = mean_loss(network, parts.choose, weight)
        if progress is not None:
            progress(epoch, plan.epochs, value)
        since += 1
        if value < best:
            best, since = value, 0
            best_weights = {name: tensor.clone() for name, tensor in network.state_dict().items()}
        if since >= plan.patience:
            break
    network.load_state_dict(best_weights)
    purchase, leaving = calibrate(network.eval(), parts.calibrate)
    return Trained(network, purchase, leaving, parts, epoch)


def loss_of(network: Network, batch: Batch, weight_per_session: float) -> Tensor:
    """The cross entropy of both heads per session, in units of a mean session.

    Divided by a constant and not by the batch's own weight: batches hold sessions of one length, and length goes with
    the outcome, so the mean of each batch would count short visits too much and spoil the calibration.
    """
    logits = network(batch.events, batch.pages, batch.numbers)
    losses = binary_cross_entropy_with_logits(logits, batch.targets, reduction="none") * batch.weights
    sums = losses.sum((0, 1)) / (len(batch.events) * weight_per_session)
    total: Tensor = sums[0] + EXIT_SHARE * sums[1]
    return total


def mean_weight(sessions: Sequence[Encoded]) -> float:
    """What the steps of a session count together, on average."""
    return float(np.mean([step_weights(session).sum() for session in sessions]))


@torch.no_grad()
def mean_loss(network: Network, sessions: Sequence[Encoded], weight_per_session: float) -> float:
    """The loss per session over all these sessions."""
    network.eval()
    total = 0.0
    for start in range(0, len(sessions), 512):
        part = sessions[start : start + 512]
        total += float(loss_of(network, pad(part), weight_per_session)) * len(part)
    return total / max(1, len(sessions))


@torch.no_grad()
def logits_of(network: Network, sessions: Sequence[Encoded]) -> list[NDArray[np.float64]]:
    """The raw logits [T, 2] of each session."""
    result: list[NDArray[np.float64]] = []
    for start in range(0, len(sessions), 512):
        part = sessions[start : start + 512]
        batch = pad(part)
        logits = network(batch.events, batch.pages, batch.numbers).double().numpy()
        result += [logits[i, : session.length] for i, session in enumerate(part)]
    return result


def calibrate(network: Network, sessions: Sequence[Encoded]) -> tuple[Platt, Platt]:
    """Both heads' calibration from sessions that chose nothing else, over every step before a purchase."""
    sessions = usable(sessions)
    if not sessions:
        return Platt(), Platt()
    logits, weights = logits_of(network, sessions), [step_weights(s).astype(np.float64) for s in sessions]
    targets = [pad([session]).targets[0].double().numpy() for session in sessions]
    asked = [np.arange(s.length) < s.open_steps for s in sessions]
    rows, outcomes, shares = np.concatenate(logits), np.concatenate(targets), np.concatenate(weights)
    is_open = np.concatenate(asked)
    purchase = fit_platt(rows[is_open, 0], outcomes[is_open, 0], shares[is_open])
    return purchase, fit_platt(rows[:, 1], outcomes[:, 1], shares)

"""What the training loop and the served step save, each beside the naive way in the same run.

Training: one epoch of ours (sessions of about the same length share a batch) beside the same network, loss, optimiser and
batch size with sessions in random order, padded to the longest of the whole set; and, for information, padded to the
longest of each random batch. Every contender takes real optimiser steps; the padded one's batches all cost the same, so a
few of them are timed and not all.

Serving: the next score of 64 sessions. Ours steps the stored states by one event, from Python rows to Python scores. The
naive way runs nn.GRU over the whole sequences, which it has in one tensor already and from which it takes the last logits.

One thread. The contenders take turns, and the middle of their times counts.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from random import Random
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from core.features import NUMBER_COUNT
from core.features import Encoded as Row
from model.bundle import Bundle, Manifest
from model.dataset import Batch, Encoded, batches, encode_all, pad
from model.heads import HEADS
from model.importers import read
from model.importers.source import Source
from model.losses import loss_of, mean_weights
from model.network import Network
from model.scorer import TorchScorer
from model.train import Plan, vocabulary_of

SESSIONS, QUICK_SESSIONS = 4000, 1500
ROUNDS, QUICK_ROUNDS = 5, 3
PADDED_BATCHES = 4
SEED = 11
LENGTHS = (5, 20, 50)
STEPS, QUICK_STEPS = 400, 100
ROWS = 64


def run(*, quick: bool) -> dict[str, Any]:
    """Figures of the contract in DESIGN 8: `bucketed_over_padded, step_over_recompute_20`. Ratios of rates: above 1 is faster."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    sessions = encode_all(read("simulated", Source(path=str(QUICK_SESSIONS if quick else SESSIONS), seed=SEED)))
    network = Network(vocabulary_of(sessions))
    rounds = QUICK_ROUNDS if quick else ROUNDS
    training = _training(sessions, network, rounds)
    serving = _serving(network, rounds, QUICK_STEPS if quick else STEPS)
    lengths = [s.length for s in sessions]
    figures: dict[str, Any] = {
        "bucketed_over_padded": training["bucketed"] / training["padded"],
        "bucketed_over_batch_padded": training["bucketed"] / training["batch_padded"],
        **{f"step_over_recompute_{n}": serving["step"] / serving[f"recompute_{n}"] for n in LENGTHS},
        **{f"step_over_recompute_{n}_alone": serving["step_alone"] / serving[f"recompute_{n}_alone"] for n in LENGTHS},
        "sessions_per_s": training,
        "scores_per_s": serving,
        "sessions": len(sessions),
        "mean_length": statistics.mean(lengths),
        "longest": max(lengths),
        "batch": Plan().batch,
        "rounds": rounds,
    }
    _print(figures, Console())
    return figures


def _training(sessions: Sequence[Encoded], network: Network, rounds: int) -> dict[str, float]:
    """Sessions a second of each contender, the median of all rounds."""
    size, scale = Plan().batch, mean_weights(sessions)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)
    longest = max(sessions, key=lambda s: s.length)
    chance = Random(SEED)

    def in_random_order(count: int, *, to_longest: bool) -> Iterable[Batch]:
        order = chance.sample(list(sessions), k=count)
        for start in range(0, count, size):
            part = order[start : start + size]
            # One more row of full length makes `pad` pad to it; it is cut off again before the network sees it.
            yield Batch(*(t[: len(part)] for t in pad([*part, longest]))) if to_longest else pad(part)

    def epoch(of: Iterable[Batch]) -> int:
        count = 0
        for batch in of:
            optimiser.zero_grad()
            loss = loss_of(network(batch.events, batch.pages, batch.numbers), batch, HEADS, scale)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            count += len(batch.events)
        return count

    contenders: dict[str, Callable[[], int]] = {
        "bucketed": lambda: epoch(batches(sessions, size, chance)),
        "padded": lambda: epoch(in_random_order(PADDED_BATCHES * size, to_longest=True)),
        "batch_padded": lambda: epoch(in_random_order(len(sessions) // 2, to_longest=False)),
    }
    network.train()
    epoch(in_random_order(2 * size, to_longest=False))  # The first steps pay for what torch sets up once.
    return _in_turns(contenders, rounds)


def _serving(network: Network, rounds: int, steps: int) -> dict[str, float]:
    """Scores a second of each contender, for 64 sessions at once and for one alone."""
    network.eval()
    weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    scorer = TorchScorer(Bundle(Manifest(trained_on="a benchmark", version="0" * 16), weights))
    chance = Random(SEED)
    rows = [_row(chance) for _ in range(ROWS)]
    states = [scored.hidden for scored in scorer.step([b""] * ROWS, rows)]

    def step(count: int) -> int:
        for _ in range(steps):
            scorer.step(states[:count], rows[:count])
        return steps * count

    @torch.inference_mode()
    def recompute(count: int, length: int) -> int:
        events = torch.randint(1, 20, (count, length))
        pages = torch.randint(0, 20, (count, length))
        numbers = torch.randn(count, length, NUMBER_COUNT)
        for _ in range(steps):
            torch.sigmoid(network.head(network.states(events, pages, numbers)[:, -1]))
        return steps * count

    contenders: dict[str, Callable[[], int]] = {"step": lambda: step(ROWS), "step_alone": lambda: step(1)}
    for n in LENGTHS:
        contenders[f"recompute_{n}"] = partial(recompute, ROWS, n)
        contenders[f"recompute_{n}_alone"] = partial(recompute, 1, n)
    return _in_turns(contenders, rounds)


def _row(chance: Random) -> Row:
    numbers = tuple(chance.uniform(-1.0, 2.0) for _ in range(NUMBER_COUNT))
    return Row(chance.randrange(1, 20), chance.randrange(20), numbers, chance.randrange(10))


def _in_turns(contenders: dict[str, Callable[[], int]], rounds: int) -> dict[str, float]:
    """Things done a second by each; they take turns, so that whatever else the machine does hits all of them."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            started = time.perf_counter()
            done = contender()
            rates[name].append(done / (time.perf_counter() - started))
    return {name: statistics.median(values) for name, values in rates.items()}


def _print(figures: dict[str, Any], console: Console) -> None:
    lengths = f"{figures['mean_length']:.0f} events, at most {figures['longest']}"
    title = f"Training: {figures['sessions']} sessions of {lengths}"
    table = Table(title=title, title_justify="left")
    for column in ("one thread", "sessions/s", "ours is faster"):
        table.add_column(column, justify="right")
    rates = figures["sessions_per_s"]
    for name, words in (
        ("bucketed", "bucketed (ours)"),
        ("padded", "padded to the longest"),
        ("batch_padded", "padded by batch"),
    ):
        table.add_row(words, f"{rates[name]:,.0f}", f"{rates['bucketed'] / rates[name]:.1f} x")
    console.print(table)
    table = Table(title="The next score: scores/s of one thread", title_justify="left")
    for column in ("", "64 sessions", "ours is", "1 session", "ours is"):
        table.add_column(column, justify="right")
    rates = figures["scores_per_s"]
    for name, words in (("step", "one step (ours)"), *((f"recompute_{n}", f"nn.GRU over {n}") for n in LENGTHS)):
        both, alone = rates[name], rates[f"{name}_alone"]
        table.add_row(
            words,
            f"{both:,.0f}",
            f"{rates['step'] / both:.1f} x",
            f"{alone:,.0f}",
            f"{rates['step_alone'] / alone:.1f} x",
        )
    console.print(table)

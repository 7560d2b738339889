"""How many sessions of its own a shop needs: networks taught by more and more of them, beside the starter bundle.

It trains, so it runs only where it is asked for. Every size is a part of the next one, each is split for its own choosing
and calibrating, as a shop with so many sessions would have to, and all are measured on the same sessions.
"""

from collections.abc import Sequence
from math import ceil
from random import Random

import numpy as np

from core.errors import BundleRefused, ConfigError
from core.features import CLICKS_MOST
from model.bundle import STARTER, Platt, load_bundle
from model.dataset import Encoded
from model.evaluate import answers_at, auroc
from model.heads import HEADS, Head
from model.intervals import Z95, between, drawn_again
from model.report.enough import Point, answer_of, growth_words
from model.report.paired import clicks_of, log_losses, mean_gap
from model.report.pictures_training import learning_picture
from model.report.power_law import fit_power_law
from model.report.section import Asked, Cell, Floats, Picture, Section
from model.report.signal_groups import up_to_click
from model.scores import scores_of
from model.train import Plan, calibrate, fit_network, split

NAME, TITLE = "learning", "How many sessions are enough"
CLICKS = (1, 2, 3, 4, 5)
SIZES_MOST = 7
SIZE_LEAST = 150
STEPS_LEAST = 300
PLAIN = (Platt(),) * (CLICKS_MOST + 1)
EPOCHS = (6, 40)
"""Few sessions are gone through more often: else the curve would show how few steps were taken and not how little was known."""


def section(asked: Asked) -> Section:
    """The curve, what it says, and a picture of it. Trains up to `SIZES_MOST` networks on `asked.learn`."""
    clicks = clicks_of(asked.test, CLICKS)
    if not clicks or len(asked.learn) < SIZE_LEAST:
        words = (
            f"No learning curve: {len(asked.learn):,} sessions to learn from and {len(asked.test):,} to measure on are too "
            f"few. It needs {SIZE_LEAST} to learn from, and others with enough purchases to measure on."
        )
        return Section(NAME, TITLE, (words,), data={"points": []})
    click = clicks[-1]
    test = sorted((up_to_click(one, click) for one in asked.test), key=lambda one: one.length)
    starter = starter_scores(test)
    points, notes = [], []
    sizes = sizes_of(len(asked.learn))
    for done, part in enumerate(parts_of(asked.learn, sizes, asked.seed)):
        if asked.progress is not None:
            asked.progress(f"learning from {len(part):,} sessions", done, len(sizes))
        try:
            scores = taught(part, asked.seed, test, asked.bundle.manifest.heads)
        except ConfigError as error:
            notes.append(f"{len(part):,} sessions were too few to train on: {error}")
            continue
        points.append(point_of(len(part), test, scores, starter, click=click, seed=asked.seed))
    return _told(points, reference_of(test, starter, click), click, notes)


def sizes_of(count: int) -> list[int]:
    """Each twice the one before, and the last one all of them."""
    sizes = [count]
    while len(sizes) < SIZES_MOST and sizes[-1] // 2 >= SIZE_LEAST:
        sizes.append(sizes[-1] // 2)
    return sizes[::-1]


def parts_of(learn: Sequence[Encoded], sizes: Sequence[int], seed: int) -> list[list[Encoded]]:
    """So many sessions by chance, every part within the next."""
    order = list(learn)
    Random(seed).shuffle(order)
    return [order[:size] for size in sizes]


def taught(part: Sequence[Encoded], seed: int, test: Sequence[Encoded], heads: Sequence[Head] = HEADS) -> list[Floats]:
    """The calibrated scores [T] of each test session by a network that learned from this part alone.

    Raises:
        ConfigError: the part holds too little.
    """
    parts = split(part, seed)
    teach = [*parts.fit, *parts.test]
    rounds = ceil(STEPS_LEAST * Plan().batch / len(teach))
    plan = Plan(seed=seed, epochs=max(EPOCHS[0], min(EPOCHS[1], rounds)))
    network, _ = fit_network(teach, parts.choose, plan, heads=heads)
    calibration = calibrate(network, parts.calibrate, heads).get("purchase", PLAIN)
    return scores_of(network, calibration, test)


def starter_scores(test: Sequence[Encoded]) -> list[Floats] | None:
    """What the starter bundle says of these sessions; None where there is none for these features."""
    try:
        bundle = load_bundle(STARTER)
    except BundleRefused:
        return None
    return scores_of(bundle.network(), bundle.manifest.calibration["purchase"], test)


def reference_of(test: Sequence[Encoded], starter: Sequence[Floats] | None, click: int) -> tuple[float, float] | None:
    """The starter's AUROC and log loss at this click."""
    if starter is None:
        return None
    scores, outcomes = answers_at(test, starter, click)
    return auroc(scores, outcomes), float(log_losses(scores, outcomes).mean())


def point_of(
    size: int,
    test: Sequence[Encoded],
    scores: Sequence[Floats],
    starter: Sequence[Floats] | None,
    *,
    click: int,
    seed: int,
) -> Point:
    """What so many sessions led to, on the sessions that get to this click."""
    own, outcomes = answers_at(test, scores, click)
    rank = auroc(own, outcomes)
    low, high = between(rank, drawn_again({"own": own}, outcomes, seed)["own"]["auroc"])
    over_base, base_error = mean_gap(np.full(len(own), outcomes.mean()), own, outcomes)
    knows = over_base + Z95 * base_error < 0.0
    point = Point(size, rank, low, high, float(log_losses(own, outcomes).mean()), knows)
    if starter is None:
        return point
    gap, error = mean_gap(answers_at(test, starter, click)[0], own, outcomes)
    return point._replace(gap=gap, gap_low=gap - Z95 * error, gap_high=gap + Z95 * error)


def _told(points: Sequence[Point], starter: tuple[float, float] | None, click: int, notes: Sequence[str]) -> Section:
    law = fit_power_law([point.sessions for point in points], [point.log_loss for point in points])
    answer = answer_of(points, None if starter is None else starter[1])
    words = [answer.words, growth_words(points, law), *notes]
    if starter is not None:
        words.insert(1, f"The starter bundle on the same visits: AUROC {starter[0]:.3f}, log loss {starter[1]:.3f}.")
    picture = Picture(
        "Learning curve",
        f"Log loss at click {click} by the number of sessions learned from; lower is better. "
        "The line is a power law through the points, the dashed one the starter bundle.",
        learning_picture(
            [point.sessions for point in points],
            [point.log_loss for point in points],
            None if law is None else law.at,
            None if starter is None else starter[1],
        ),
    )
    data = {
        "click": click,
        "points": [point._asdict() for point in points],
        "power_law": None if law is None else law._asdict(),
        "starter": None if starter is None else {"auroc": starter[0], "log_loss": starter[1]},
        "answer": answer._asdict(),
    }
    return Section(NAME, TITLE, tuple(words), [_row(point) for point in points], (picture,), data)


def _row(point: Point) -> dict[str, Cell]:
    has_gap = point.gap is not None
    return {
        "sessions learned from": point.sessions,
        "AUROC": round(point.auroc, 3),
        "95 % interval": f"{point.auroc_low:.3f} to {point.auroc_high:.3f}",
        "log loss": round(point.log_loss, 4),
        "beside the starter": round(point.gap, 4) if point.gap is not None else None,
        "its interval": f"{point.gap_low:.4f} to {point.gap_high:.4f}" if has_gap else None,
    }

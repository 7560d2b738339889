"""What the report says about every head: its own base rate, rank and calibration, click by click."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.features import CLICKS_MOST
from model.bundle import Platt
from model.dataset import Encoded
from model.evaluate import CLICKS, LEAST_SESSIONS, at_click, auprc, auroc, ece
from model.heads import Head, columns_of
from model.logits import logits_of
from model.report.section import Asked, Cell, Section
from model.report.words import percent

NAME, TITLE = "heads", "Everything else that the model is asked"
CHUNK = 512
SHOWN_CLICKS = (1, 3, 5, 8)
"""The page shows these; the JSON holds every click."""
Floats = NDArray[np.float64]
Row = dict[str, float]

ASKS = {
    "purchase": "the visit ends in a purchase",
    "exit": "the visit ends within three more events",
    "abandonment": "something is in the cart and the visit ends without a purchase",
    "assistance": "help will be looked for within five more events: a help page, a search without a result, trouble with a form",
    "add_to_cart": "something (more) goes into the cart",
    "order_ratio": "how much the order is worth, beside what is in the cart or was looked at",
    "next_event": "which event comes next",
    "leverage": "how far an offer that works would move the visit, which only simulated visits can tell",
}


LABELS = {
    "purchase": "buys",
    "exit": "leaves soon",
    "abandonment": "leaves a cart behind",
    "assistance": "needs help",
    "add_to_cart": "adds to the cart",
    "order_ratio": "value of the order",
    "next_event": "next event",
    "leverage": "leverage",
}


class Answers(NamedTuple):
    """At one click, of the sessions that a head is asked in [K]: its logits [K, W], and what came true [K]."""

    logits: Floats
    targets: Floats


def section(asked: Asked) -> Section:
    """A row per head and click; a head that the data cannot judge is named in words."""
    heads = asked.bundle.manifest.heads
    by_head: dict[str, list[Row]] = {}
    words = [
        "Each answer has its own base rate: how often it comes true. A rank of 0.5 is chance; the calibration error says how "
        "far what is said and what happens are apart."
    ]
    answers = _answers(asked, heads)
    for head in heads:
        asks = ASKS.get(head.name, f"{head.name} follows before the visit ends")
        by_head[head.name] = rows = _rows(head, answers[head.name], asked)
        if not rows:
            words.append(
                f"{label_of(head.name)} ({asks}): these visits do not hold it, or all alike, so it cannot be judged."
            )
        else:
            words.append(f"{label_of(head.name)}: {asks}.")
    return Section(NAME, TITLE, tuple(words), _table(by_head), data=by_head)


def label_of(name: str) -> str:
    """A head in a merchant's words."""
    return LABELS.get(name, name.replace("_", " "))


def _answers(asked: Asked, heads: Sequence[Head]) -> dict[str, list[Answers]]:
    """Of each head, by name, its answers at clicks 1 to `CLICKS`. The sessions are encoded for the bundle's own heads."""
    columns = columns_of(asked.bundle.manifest.heads)
    found: dict[str, list[list[tuple[Floats, Floats]]]] = {head.name: [[] for _ in range(CLICKS)] for head in heads}
    for part, logits in _chunks(asked):
        for click in range(1, CLICKS + 1):
            reached, steps = at_click(part, click)
            for place, head in enumerate(heads):
                kept = [(i, s) for i, s in zip(reached, steps, strict=True) if part[i].asked[s, place] > 0]
                rows = np.array([logits[i][s, columns[head.name]] for i, s in kept]).reshape(len(kept), head.width)
                found[head.name][click - 1].append((rows, np.array([part[i].targets[s, place] for i, s in kept])))
    return {
        name: [
            Answers(
                np.concatenate([logits for logits, _ in parts]),
                np.concatenate([targets for _, targets in parts]).astype(np.float64),
            )
            for parts in clicks
        ]
        for name, clicks in found.items()
    }


def _chunks(asked: Asked) -> Iterator[tuple[Sequence[Encoded], list[Floats]]]:
    """The logits of all heads a chunk at a time: of a large file they would not fit at once."""
    for start in range(0, len(asked.test), CHUNK):
        part = asked.test[start : start + CHUNK]
        yield part, logits_of(asked.network, part)


def _rows(head: Head, clicks: Sequence[Answers], asked: Asked) -> list[Row]:
    rows = []
    plain = (Platt(),) * (CLICKS_MOST + 1)
    platts = asked.bundle.manifest.calibration.get(head.name, plain)
    for click, (logits, targets) in enumerate(clicks, start=1):
        if len(targets) < LEAST_SESSIONS or targets.min() == targets.max():
            continue
        match head.kind:
            case "chance":
                platt = platts[min(click, CLICKS_MOST)]
                figures = chance_figures(1.0 / (1.0 + np.exp(-(platt.slope * logits[:, 0] + platt.offset))), targets)
            case "ratio":
                figures = ratio_figures(logits[:, 0], targets)
            case "event":
                figures = event_figures(logits, targets)
        rows.append({"click": click, "sessions": len(targets), **{n: round(v, 6) for n, v in figures.items()}})
    return rows


def chance_figures(scores: Floats, targets: Floats) -> Row:
    """Of a probability [K] and what came true [K]."""
    return {
        "base_rate": float(targets.mean()),
        "auroc": auroc(scores, targets),
        "auprc": auprc(scores, targets),
        "brier": float(((scores - targets) ** 2).mean()),
        "ece": ece(scores, targets),
    }


def ratio_figures(said: Floats, targets: Floats) -> Row:
    """Mean absolute error of the logarithm, beside that of always saying the median of these very sessions."""
    return {
        "log_error": float(np.abs(said - targets).mean()),
        "median_log_error": float(np.abs(np.median(targets) - targets).mean()),
    }


def event_figures(logits: Floats, targets: Floats) -> Row:
    """How often the likeliest event [K, W] comes next, beside always naming the most frequent one of these very sessions."""
    _, counts = np.unique(targets, return_counts=True)
    return {
        "accuracy": float((logits.argmax(axis=1) == targets).mean()),
        "majority_accuracy": float(counts.max() / counts.sum()),
    }


def _table(by_head: dict[str, list[Row]]) -> list[dict[str, Cell]]:
    return [_cells(name, row) for name, rows in by_head.items() for row in rows if row["click"] in SHOWN_CLICKS]


def _cells(name: str, row: Row) -> dict[str, Cell]:
    if "log_error" in row:
        note = f"error {row['log_error']:.2f} in log; always the median: {row['median_log_error']:.2f}"
    elif "accuracy" in row:
        note = f"right in {percent(row['accuracy'])}; always the most frequent: {percent(row['majority_accuracy'])}"
    else:
        note = ""
    return {
        "asked": label_of(name),
        "click": int(row["click"]),
        "visits": int(row["sessions"]),
        "comes true": percent(row["base_rate"]) if "base_rate" in row else None,
        "AUROC": f"{row['auroc']:.3f}" if "auroc" in row else None,
        "AUPRC": f"{row['auprc']:.3f}" if "auprc" in row else None,
        "calibration error": f"{row['ece']:.3f}" if "ece" in row else None,
        "figures": note,
    }

"""The richest features that a sceptic would try: everything that is known at a click, laid out as one row of a table.

The k-th click is the k-th page view, so at each click there is one table, with a column for every place in the row of pages.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.features import FEATURE_NAMES
from model.dataset import Encoded
from model.evaluate import at_click

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PAGES_MOST = 24
"""Page types with columns of their own; the others are one kind together."""
PAGES_LEAST = 20
PLACES = 10
STAY_EDGES_S = (3.0, 10.0, 30.0, 90.0, 300.0)
_ELAPSED = FEATURE_NAMES.index("elapsed")


class Table(NamedTuple):
    """`values` [K, F], one row for each session that gets to the click; `names` [F] of the columns; `outcomes` [K]."""

    values: Floats
    names: tuple[str, ...]
    outcomes: Floats


def known_pages(sessions: Sequence[Encoded]) -> list[int]:
    """The page codes that get columns of their own, the most frequent first."""
    seen: Counter[int] = Counter()
    for session in sessions:
        seen.update(session.pages[session.is_click].tolist())
    return [code for code, count in seen.most_common(PAGES_MOST) if count >= PAGES_LEAST]


def table_at(sessions: Sequence[Encoded], click: int, pages: Sequence[int]) -> Table:
    """The features of every session that gets to this click before buying.

    `pages` are the codes of `known_pages`, from the sessions that teach. A code that is not among them is kind 0.
    """
    reached, steps = at_click(sessions, click)
    outcomes = np.array([float(sessions[i].has_bought) for i in reached])
    rows = [sessions[i].numbers[: step + 1] for i, step in zip(reached, steps, strict=True)]
    clicked = [np.flatnonzero(sessions[i].is_click)[:click] for i in reached]
    place = {code: 1 + j for j, code in enumerate(pages)}
    kinds = [
        [place.get(code, 0) for code in sessions[i].pages[at].tolist()] for i, at in zip(reached, clicked, strict=True)
    ]
    opened = [row[at, _ELAPSED] for row, at in zip(rows, clicked, strict=True)]
    blocks: dict[str, Floats] = {}
    for name, fold in (("now", _last), ("mean", _mean), ("most", _most)):
        values = np.array([fold(row) for row in rows], dtype=np.float64).reshape(len(rows), len(FEATURE_NAMES))
        blocks.update({f"{name}:{feature}": values[:, j] for j, feature in enumerate(FEATURE_NAMES)})
    shape = (len(rows), click)
    seconds = np.expm1(np.array(opened, dtype=np.float64).reshape(shape) * np.log1p(60.0))
    kind_count = 1 + len(pages)
    blocks.update(_of_pages(np.array(kinds, dtype=np.int64).reshape(shape), kind_count))
    blocks.update(_of_stays(np.diff(seconds, axis=1), np.array(kinds, dtype=np.int64).reshape(shape), kind_count))
    return Table(np.column_stack(list(blocks.values())), tuple(blocks), outcomes)


def _last(row: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = row[-1]
    return result


def _mean(row: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = row.mean(axis=0)
    return result


def _most(row: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = row.max(axis=0)
    return result


def _of_pages(kinds: Ints, kind_count: int) -> dict[str, Floats]:
    """How often each kind of page was seen, which at which place, how long ago, and what followed what. `kinds` [K, k]."""
    clicks = kinds.shape[1]
    columns: dict[str, Floats] = {"kinds": np.array([len(set(row)) for row in kinds.tolist()], dtype=np.float64)}
    columns["repeats"] = (kinds[:, 1:] == kinds[:, :-1]).sum(axis=1).astype(np.float64)
    for kind in range(kind_count):
        seen = kinds == kind
        count = seen.sum(axis=1)
        columns[f"seen:{kind}"] = np.log1p(count)
        columns[f"ever:{kind}"] = (count > 0).astype(np.float64)
        columns[f"first_at:{kind}"] = np.where(count > 0, seen.argmax(axis=1), PLACES + 1).astype(np.float64)
        columns[f"ago:{kind}"] = np.where(count > 0, seen[:, ::-1].argmax(axis=1), PLACES + 1).astype(np.float64)
        for back in range(min(clicks, PLACES)):
            columns[f"back{back}:{kind}"] = seen[:, clicks - 1 - back].astype(np.float64)
        columns[f"landed:{kind}"] = seen[:, 0].astype(np.float64)
        for following in range(kind_count):
            pair = (seen[:, :-1] & (kinds[:, 1:] == following)).sum(axis=1)
            if pair.any():
                columns[f"pair:{kind}>{following}"] = pair.astype(np.float64)
    return columns


def _of_stays(stays: Floats, kinds: Ints, kind_count: int) -> dict[str, Floats]:
    """How long each page was looked at, in log seconds and in buckets, and how long each kind. `stays` [K, k-1] seconds."""
    if stays.shape[1] == 0:
        return {}
    stays = np.maximum(stays, 0.0)
    logs = np.log1p(stays)
    columns = {
        "stay_least": logs.min(axis=1),
        "stay_most": logs.max(axis=1),
        "stay_mean": logs.mean(axis=1),
        "stay_spread": logs.std(axis=1),
    }
    bucket = np.digitize(stays, STAY_EDGES_S)
    for edge in range(len(STAY_EDGES_S) + 1):
        columns[f"stays_in:{edge}"] = (bucket == edge).sum(axis=1).astype(np.float64)
    for back in range(min(stays.shape[1], PLACES)):
        columns[f"stay_back{back}"] = logs[:, -1 - back]
    for kind in range(kind_count):
        columns[f"stay_on:{kind}"] = np.log1p((stays * (kinds[:, :-1] == kind)).sum(axis=1))
    return columns

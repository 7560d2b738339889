"""The contract of the report's parts: what each is asked, and what each answers. Only these types live here."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.rules import Segments
from model.bundle import Bundle
from model.dataset import Encoded, Recorded
from model.network import Network

Floats = NDArray[np.float64]
Cell = str | int | float | None
"""A table's cell. None is shown as a dash: the data cannot say."""


class Picture(NamedTuple):
    """`svg` is one whole `<svg>` element without scripts and without anything to fetch; `caption` says what is to be seen."""

    title: str
    caption: str
    svg: str


class Section(NamedTuple):
    """`words` are sentences for a merchant; `table` rows of the same columns; `data` whatever goes into the JSON as
    `name`; `lines` a piece of a file to paste."""

    name: str
    title: str
    words: tuple[str, ...] = ()
    table: Sequence[dict[str, Cell]] = ()
    pictures: tuple[Picture, ...] = ()
    data: object = None
    lines: tuple[str, ...] = ()


Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


class Asked(NamedTuple):
    """What is measured, and on what.

    Shapes: `test` [S] sessions that the bundle did not learn from as far as that is known; `learn` sessions that may teach
    (empty where the source has none); `scores` [S] arrays [T] of calibrated purchase scores; `recorded` [S] the same sessions
    as `test`, as they were recorded: with the words of their pages and every event.

    `threshold`: the score that counts as a buyer. `precision`: the share of buyers that a level should reach, if one is
    asked for. `thorough`: training again is allowed. `segments`: the thresholds of the three segments.
    """

    bundle: Bundle
    network: Network
    test: Sequence[Encoded]
    learn: Sequence[Encoded]
    scores: Sequence[Floats]
    threshold: float
    seed: int
    recorded: Sequence[Recorded] = ()
    thorough: bool = False
    progress: Progress | None = None
    precision: float | None = None
    segments: Segments = Segments()


Make = Callable[[Asked], Section]

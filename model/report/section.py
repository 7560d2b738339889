"""The contract of the report's parts: what each is asked, and what each answers. Only these types live here."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    """`words` are sentences for a merchant; `table` rows of the same columns; `data` whatever goes into the JSON as `name`."""

    name: str
    title: str
    words: tuple[str, ...] = ()
    table: Sequence[dict[str, Cell]] = ()
    pictures: tuple[Picture, ...] = ()
    data: object = None


class Asked(NamedTuple):
    """What is measured, and on what.

    Shapes: `test` [S] sessions that the bundle did not learn from as far as that is known; `learn` sessions that may teach
    (empty where the source has none); `scores` [S] arrays [T] of calibrated purchase scores; `recorded` the first of the
    test sessions as they were recorded, at most `RECORDED_MOST`, in the order of `test`.
    """

    bundle: Bundle
    network: Network
    test: Sequence[Encoded]
    learn: Sequence[Encoded]
    scores: Sequence[Floats]
    threshold: float
    seed: int
    recorded: Sequence[Recorded] = ()
    is_thorough: bool = False
    precision: float | None = None


RECORDED_MOST = 2000
"""As many recorded sessions are kept beside their encoded form: enough for a mean, and a large file still fits."""

Make = Callable[[Asked], Section]

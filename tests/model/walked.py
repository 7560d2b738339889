"""Sessions made up directly as arrays, so that thousands cost nothing, and the question that a report's section is asked."""

from collections.abc import Mapping, Sequence

import numpy as np

from core import events as ev
from core.features import FEATURE_NAMES, NUMBER_COUNT
from core.pages import page_code
from model.bundle import Bundle
from model.dataset import Encoded
from model.heads import HEADS
from model.report.section import Asked
from tests.model.builders import untrained

PAGE_VIEW = ev.TAG_BY_TYPE[ev.PageView]


def walk(
    words: Sequence[str],
    has_bought: bool,
    *,
    name: str = "",
    open_steps: int | None = None,
    was_offered: bool = False,
    numbers: Mapping[str, float] | None = None,
    began_at_ms: int = 0,
) -> Encoded:
    """A visit of these pages and nothing else; `numbers` are features that stay as they are all the while."""
    length = len(words)
    rows = np.zeros((length, NUMBER_COUNT), np.float32)
    for feature, value in (numbers or {}).items():
        rows[:, FEATURE_NAMES.index(feature)] = value
    targets, asked_steps = np.zeros((length, len(HEADS)), np.float32), np.zeros((length, len(HEADS)), np.float32)
    targets[:, 0], asked_steps[:, 0] = float(has_bought), 1.0
    return Encoded(
        events=np.full(length, PAGE_VIEW),
        pages=np.array([page_code(word) for word in words], np.int64),
        numbers=rows,
        clicks=np.arange(1, length + 1),
        is_click=np.ones(length, np.bool_),
        targets=targets,
        asked=asked_steps,
        open_steps=length if open_steps is None else open_steps,
        has_bought=has_bought,
        split="",
        was_offered=was_offered,
        began_at_ms=began_at_ms,
        session_id=name,
    )


def asked(
    test: Sequence[Encoded], learn: Sequence[Encoded] = (), *, bundle: Bundle | None = None, **fields: object
) -> Asked:
    """What a section is asked; without a bundle, of one that was never trained."""
    bundle = bundle or untrained()
    return Asked(bundle, bundle.network(), test, learn, [], 0.5, 1, **fields)  # type: ignore[arg-type]

"""Which sessions may be measured: never those that were learned from, and where that cannot be known, words that say so."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from core.errors import ConfigError
from model.bundle import Manifest
from model.dataset import Recorded
from model.importers import LABELS
from model.importers.source import Source


class HasSplit(Protocol):
    @property
    def split(self) -> str: ...


UNTREATED_LEAST = 200

Some = TypeVar("Some", bound=HasSplit)


class Part(NamedTuple):
    """Places of sessions: those that teach the baselines, and those that are measured."""

    learn: list[int]
    test: list[int]


def label_of(name: str, source: Source) -> str:
    """What a bundle that learned from this source says of itself."""
    label = LABELS[name].format(seed=source.seed, path=Path(source.path).name or "all sites")
    return f"{label}, of {Path(source.shop).name}" if source.shop else label


def has_split(sessions: Sequence[Some]) -> bool:
    """Whether the source says itself which sessions teach and which measure."""
    return {"train", "val"} <= {session.split for session in sessions}


def part(sessions: Sequence[Some]) -> Part:
    """With a split of the source's own the `train` rows teach and all others are measured; without, all are measured."""
    if not has_split(sessions):
        return Part([], list(range(len(sessions))))
    learn = [i for i, session in enumerate(sessions) if session.split == "train"]
    return Part(learn, [i for i, session in enumerate(sessions) if session.split != "train"])


def left_alone(sessions: Sequence[Recorded], test: Sequence[int]) -> list[int]:
    """Of the places `test`, those in which no action was chosen: an offer that works makes the score before it look too low.

    All of them where too few were left alone; the report then says that offers are in its figures.
    """
    untreated = [i for i in test if not sessions[i].was_offered]
    return untreated if len(untreated) >= UNTREATED_LEAST else list(test)


def words_on(manifest: Manifest, name: str, source: Source, *, is_split: bool) -> tuple[str, ...]:
    """What can be said of whether the bundle has learned from what it is measured on.

    Raises:
        ConfigError: it has learned from these very sessions.
    """
    is_same = manifest.trained_on == label_of(name, source)
    if name == "simulated":
        if is_same:
            raise ConfigError(
                f"the bundle learned from simulated shoppers of seed {source.seed}, so they cannot judge it. "
                f"Next: evaluate with another --seed, such as {source.seed + 10_000}."
            )
        return (f"Measured on simulated shoppers of seed {source.seed}, none of whom the bundle has seen.",)
    if is_same and is_split:
        return (
            "The bundle learned from the rows that this data marks train. Measured are the others; of its val rows one half "
            "chose when the training stopped and the other calibrated it, which flatters the figures a little.",
        )
    if is_same:
        return (
            "The bundle names data of this very name as what it learned from, and the data does not say which rows it left "
            "out: the figures may be too good. Next: measure on sessions of a later time.",
        )
    return (f"The bundle learned from other data ({manifest.trained_on}), as far as its label tells.",)

"""Experiments as a merchant writes them: variants of the rules side by side, and which one a visit was dealt."""

from typing import Annotated, Any

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=24, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Part = Annotated[float, Meta(ge=0, le=1)]

VARIED = ("segments", "pacing", "choosing", "look")
"""The tables of the rules that a variant may change beside single actions."""

MOST_EXPERIMENTS = 3
"""So many run at once at most: each visit carries what it was dealt."""


class Variant(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is other for these visits; a variant that changes nothing is what the others are compared with.

    `share`: of the visits; the shares of an experiment's variants make 1. `actions`: keys that are other, by the action's id;
    what an action says is under `action` as in the rules themselves.
    """

    share: Part
    actions: dict[str, dict[str, Any]] = {}
    segments: dict[str, Any] = {}
    pacing: dict[str, Any] = {}
    choosing: dict[str, Any] = {}
    look: dict[str, Any] = {}


class Experiment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Variants of the rules, dealt by chance to the visits that begin while it is on.

    `run`: rename it to begin anew: every visit is dealt again, and nothing of the run before counts.
    """

    variants: dict[Name, Variant]
    run: Name = "1"
    is_on: bool = True


class Dealt(Struct, frozen=True, array_like=True, gc=False):
    """The variant that a visit has in one run of an experiment, and the share of visits that have it."""

    experiment: str
    run: str
    variant: str
    share: float

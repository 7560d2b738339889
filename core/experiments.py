"""Which variant of the rules a visit has, and the rules as that variant says them.

A visit is dealt once, by hash, as it begins, and keeps what it was dealt: one that began before the experiment did, or in an
earlier run, is decided by the rules as they stand and counts for none of its variants.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from core.assignment import bucket
from core.rules import BOUND_FIELDS, Rules
from core.variants import VARIED, Dealt, Variant

_KEPT = 256
"""Rules with variants put in, kept between events: a few for each site."""


def deal(rules: Rules, session_id: bytes) -> tuple[Dealt, ...]:
    """What a visit that begins now is dealt, in each experiment that is on; apart from its arm and from each other."""
    return tuple(
        _dealt(rules, name, session_id)
        for name, experiment in rules.experiments.items()
        if experiment.is_on and not rules.preview
    )


def _dealt(rules: Rules, name: str, session_id: bytes) -> Dealt:
    experiment = rules.experiments[name]
    left = bucket(f"variant:{rules.holdout_salt}:{name}:{experiment.run}", session_id)
    chosen = next(iter(experiment.variants))
    for variant, each in experiment.variants.items():
        chosen = variant
        left -= each.share
        if left < 0:
            break
    return Dealt(name, experiment.run, chosen, experiment.variants[chosen].share)


def rules_for(rules: Rules, dealt: tuple[Dealt, ...]) -> Rules:
    """The rules as these variants say them. Their version stays: with what was dealt it says all.

    What was dealt in an experiment that is gone, off or in another run changes nothing.
    """
    names = tuple((d.experiment, d.variant) for d in dealt if _is_running(rules, d))
    return _varied(_Key(rules, names)) if names else rules


def _is_running(rules: Rules, dealt: Dealt) -> bool:
    experiment = rules.experiments.get(dealt.experiment)
    return (
        experiment is not None
        and experiment.is_on
        and experiment.run == dealt.run
        and dealt.variant in experiment.variants
    )


def with_variant(tree: Mapping[str, Any], variant: Mapping[str, Any]) -> dict[str, Any]:
    """A rules file's keys with a variant's put over them: tables are merged key by key, all else is replaced."""
    merged = dict(tree)
    for table in VARIED:
        if variant.get(table):
            merged[table] = _merged(merged.get(table, {}), variant[table])
    changes = variant.get("actions") or {}
    merged["actions"] = [
        _merged(action, changes[action["id"]]) if action.get("id") in changes else action
        for action in merged.get("actions", ())
    ]
    return merged


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **base,
        **{
            key: _merged(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value
            for key, value in over.items()
        },
    }


class _Key:
    """Rules and variants as one key. Bound rules are what their version says; others are themselves alone."""

    def __init__(self, rules: Rules, names: tuple[tuple[str, str], ...]) -> None:
        self.rules, self.names = rules, names
        self._same = (rules.site_id, rules.version or id(rules), names)

    def __hash__(self) -> int:
        return hash(self._same)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._same == other._same


@lru_cache(maxsize=_KEPT)
def _varied(key: _Key) -> Rules:
    rules = key.rules
    tree = {name: value for name, value in msgspec.to_builtins(rules).items() if name not in BOUND_FIELDS}
    for experiment, name in key.names:
        variant: Variant = rules.experiments[experiment].variants[name]
        tree = with_variant(tree, msgspec.to_builtins(variant))
    varied = msgspec.convert(tree, Rules)
    return msgspec.structs.replace(varied, **{name: getattr(rules, name) for name in BOUND_FIELDS})

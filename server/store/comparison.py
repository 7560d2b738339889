"""What was stored beside what a replay gives: equal, or each field that differs, named. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from server.store.stored_session import Computed, Place

NEAR = 1e-3
"""Another processor rounds otherwise: scores agree within this, and decisions are equal (DESIGN 3.10)."""


class Difference(NamedTuple):
    """One field of one event's scores or decision. `decision_id` is the stored one's, else the recomputed one's, else empty."""

    place: Place
    decision_id: str
    field: str
    stored: Any
    recomputed: Any

    def __str__(self) -> str:
        stream, seq = self.place
        what = f"decision {self.decision_id}" if self.decision_id else "scores"
        return (
            f"{what} (page {stream.hex()[:12]}, event {seq}): {self.field} is {_shown(self.stored)} in the store"
            f" and {_shown(self.recomputed)} recomputed"
        )


class Comparison(NamedTuple):
    """`near_count`: scores that differ by less than `NEAR`."""

    event_count: int
    decision_count: int
    near_count: int
    differences: tuple[Difference, ...]


def compare(
    stored: Mapping[Place, Computed], recomputed: Mapping[Place, Computed], *, is_same_rules: bool = True
) -> Comparison:
    """Field by field, over what is stored. Under other rules a decision has another id, which is then no difference."""
    found: list[Difference] = []
    near_count = 0
    for place, before in sorted(stored.items()):
        after = recomputed.get(place, _NOTHING)
        near_count += _scores(place, before, after, found)
        _decisions(place, before, after, found, is_same_rules=is_same_rules)
    decision_count = sum(computed.decision is not None for computed in stored.values())
    return Comparison(len(stored), decision_count, near_count, tuple(found))


_NOTHING = Computed({}, None, None)


def _scores(place: Place, before: Computed, after: Computed, found: list[Difference]) -> int:
    near = 0
    for field, a in before.scores.items():
        b = after.scores.get(field)
        # This head came later: what was scored before it has none.
        if a == b or (field == "leverage" and a is None):
            continue
        if a is not None and b is not None and abs(a - b) <= NEAR * max(1.0, abs(a)):
            near += 1
        else:
            found.append(Difference(place, "", field, a, b))
    if before.segment != after.segment:
        found.append(Difference(place, "", "segment", before.segment, after.segment))
    return near


def _decisions(
    place: Place, before: Computed, after: Computed, found: list[Difference], *, is_same_rules: bool
) -> None:
    a, b = before.decision, after.decision
    if a is None and b is None:
        return
    decision_id = str((a or b or {}).get("decision_id", ""))
    if a is None or b is None:
        found.append(Difference(place, decision_id, "the decision", _summary(a), _summary(b)))
        return
    for field, value in a.items():
        if value != b[field] and (is_same_rules or field != "decision_id"):
            found.append(Difference(place, decision_id, field, value, b[field]))


def _summary(decision: Mapping[str, Any] | None) -> str | None:
    return None if decision is None else str(decision["action_id"] or decision["reason"])


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "[" + ", ".join(map(_item_shown, value)) + "]"
    return repr(value)


def _item_shown(item: Any) -> str:
    """A refused action with its reason, or a name."""
    return f"{item.get('action_id')}: {item.get('reason')}" if isinstance(item, dict) else str(item)

"""One visit as it is told: `Timeline` is what `fifthclick explain --json` writes and what the terminal is drawn from.

docs/explanations.md names every key. Times are milliseconds since the visit's first event, money is in minor units.
"""

from typing import Any

from msgspec import Struct


class Happened(Struct, frozen=True, kw_only=True):
    """One event and what held after it. `refused`: the first failed rule of each configured action that was not chosen, by
    action id; empty where nothing was decided. `reason`: the policy's answer as a code."""

    number: int
    at_ms: int
    type: str
    page: str
    words: str
    purchase_score: float | None
    segment: str | None
    trend: str
    frictions: tuple[str, ...]
    reason: str | None
    action_id: str | None
    refused: dict[str, str]
    decision_id: str | None
    withdrawn: dict[str, str] | None


class Signal(Struct, frozen=True):
    """What moved the score, and by how much: the probability less what it would be without this."""

    signal: str
    words: str
    contribution: float


class Why(Struct, frozen=True):
    sentence: str
    signals: tuple[Signal, ...]


class Reported(Struct, frozen=True, kw_only=True):
    """What the page said of an offer."""

    shown_ms: int | None = None
    clicked_ms: int | None = None
    dismissed_ms: int | None = None
    submitted_ms: int | None = None
    withheld_ms: int | None = None
    withheld_because: str | None = None


class Decided(Struct, frozen=True, kw_only=True):
    """One decision row. `why` is there for those that chose an action, once they are explained. `honoured_until_ms`: the
    deadline of an offer that has one, since landing like every time here."""

    decision_id: str
    event_number: int
    at_ms: int
    action_id: str | None
    action_type: str | None
    reason: str
    words: str
    because: str
    expected_margin_minor: int | None
    margin_basis: str
    honoured_until_ms: int | None
    arm: str
    treatment_probability: float
    is_delivered: bool
    is_after_first_choice: bool
    purchase_score: float | None
    segment: str
    trend: str
    frictions: tuple[str, ...]
    why: Why | None
    reported: Reported | None


class Change(Struct, frozen=True):
    """From this moment on the answer for an action was `reason`; `chosen` where it was the choice."""

    at_ms: int
    reason: str


class Standing(Struct, frozen=True, kw_only=True):
    """One configured action as of the last decision: the first rule that it fails, and what it failed before. `at_choice`:
    what it failed when an action was last chosen, `chosen` for that one; None where none was."""

    action_id: str
    action_type: str | None
    reason: str
    words: str
    at_choice: str | None
    changes: tuple[Change, ...]


class Hesitation(Struct, frozen=True, kw_only=True):
    """`until_ms` is None for one that still holds."""

    name: str
    words: str
    from_ms: int
    until_ms: int | None


class Timeline(Struct, frozen=True, kw_only=True):
    """All of it. `now`: why the score is what it is after the last scored event, where the model is at hand. `notes`: what
    could not be told, and why."""

    session_id: str
    site_id: str
    traffic: str
    started_at: str
    is_settled: bool
    arm: str | None
    currency: str
    scorer_version: str
    rules_version: str
    likely_to_buy_at: float | None
    on_the_fence_at: float | None
    events: tuple[Happened, ...]
    decisions: tuple[Decided, ...]
    actions: tuple[Standing, ...]
    frictions: tuple[Hesitation, ...]
    now: Why | None
    claims: tuple[dict[str, Any], ...]
    orders: tuple[dict[str, Any], ...]
    outcomes: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]

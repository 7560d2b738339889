"""A folded visit as it is told: each function fills one part of `Timeline`."""

from typing import Any

from core import events as ev
from core.actions import type_of
from core.frictions import FRICTIONS
from core.reasons import WORDS
from core.rules import Rules
from server.verbs._timeline import Change, Decided, Happened, Hesitation, Reported, Signal, Standing, Why
from server.verbs._timeline_fold import Folded
from server.verbs._timeline_words import words_of_event


def happened_of(folded: list[Folded], start_ms: int) -> tuple[Happened, ...]:
    """The events, each with the page on which it happened."""
    told, pages = [], dict[bytes, str]()
    for number, one in enumerate(folded, start=1):
        if isinstance(one.event, ev.PageView):
            pages[one.row.stream] = one.event.page_type
        answer = one.answer
        told.append(
            Happened(
                number=number,
                at_ms=one.event.at_ms - start_ms,
                type=ev.name_of(one.event),
                page=pages.get(one.row.stream, ""),
                words=words_of_event(one.before, one.event, one.after),
                purchase_score=one.scores.purchase if one.scores is not None else None,
                segment=one.segment,
                trend=one.trend,
                frictions=one.frictions,
                reason=answer.reason if answer else None,
                action_id=(answer.action_id or None) if answer else None,
                refused=dict(answer.refused) if answer else {},
                decision_id=answer.decision_id if answer and one.is_row else None,
                withdrawn=None if one.withdrawn is None else dict(zip(_WITHDRAWN, one.withdrawn, strict=True)),
            )
        )
    return tuple(told)


_WITHDRAWN = ("decision_id", "reason")


def decided_of(folded: list[Folded], start_ms: int, explanations: dict[str, dict[str, Any]]) -> tuple[Decided, ...]:
    """The decision rows, each with what became of its offer."""
    told, reported = [], _reported(folded, start_ms)
    for number, one in enumerate(folded, start=1):
        answer = one.answer
        if answer is None or not one.is_row:
            continue
        deadline = one.after.pacing.deadlines.get(answer.action_id) if answer.action_id else None
        told.append(
            Decided(
                decision_id=answer.decision_id,
                event_number=number,
                at_ms=one.event.at_ms - start_ms,
                action_id=answer.action_id or None,
                action_type=answer.action_type or None,
                reason=answer.reason,
                words=words_of_reason(answer.reason),
                because=answer.because,
                expected_margin_minor=answer.expected_margin_minor,
                margin_basis=answer.margin_basis,
                honoured_until_ms=None if deadline is None else deadline - start_ms,
                arm=answer.arm,
                treatment_probability=answer.treatment_probability,
                is_delivered=answer.is_delivered,
                is_after_first_choice=answer.is_after_first_choice,
                purchase_score=one.scores.purchase if one.scores is not None else None,
                segment=answer.segment,
                trend=answer.trend,
                frictions=answer.frictions,
                why=_why(explanations.get(answer.decision_id)),
                reported=reported.get(answer.decision_id),
            )
        )
    return tuple(told)


def standings_of(folded: list[Folded], start_ms: int, rules: Rules | None) -> tuple[Standing, ...]:
    """Each configured action, as of the last answer, with where its first failed rule changed."""
    changes: dict[str, list[Change]] = {}
    at_choice: dict[str, str] = {}
    for one in folded:
        if one.answer is None:
            continue
        verdicts = dict(one.answer.refused)
        if one.answer.action_id:
            verdicts[one.answer.action_id] = one.answer.reason
            at_choice = verdicts
        for action_id, reason in verdicts.items():
            found = changes.setdefault(action_id, [])
            if not found or found[-1].reason != reason:
                found.append(Change(one.event.at_ms - start_ms, reason))
    types = {rule.id: type_of(rule.action) for rule in rules.actions} if rules else {}
    configured = [*(name for name in types if name in changes), *(name for name in changes if name not in types)]
    return tuple(
        Standing(
            action_id=name,
            action_type=types.get(name),
            reason=changes[name][-1].reason,
            words=words_of_reason(changes[name][-1].reason),
            at_choice=at_choice.get(name),
            changes=tuple(changes[name]),
        )
        for name in configured
    )


def hesitations_of(folded: list[Folded], start_ms: int) -> tuple[Hesitation, ...]:
    """The named frictions in the order in which they began; one that ended and came back is there twice."""
    words = {friction.name: friction.words for friction in FRICTIONS}
    began: dict[str, int] = {}
    told: list[Hesitation] = []
    for one in folded:
        at_ms = one.event.at_ms - start_ms
        for name in [name for name in began if name not in one.frictions]:
            told.append(Hesitation(name=name, words=words[name], from_ms=began.pop(name), until_ms=at_ms))
        for name in one.frictions:
            began.setdefault(name, at_ms)
    told += [Hesitation(name=name, words=words[name], from_ms=at, until_ms=None) for name, at in began.items()]
    return tuple(sorted(told, key=lambda h: h.from_ms))


def words_of_reason(reason: str) -> str:
    """The reason in a sentence; a code of another version of this program as it is."""
    return WORDS.get(reason, reason)


def _why(stored: dict[str, Any] | None) -> Why | None:
    if stored is None:
        return None
    signals = tuple(Signal(s["signal"], s.get("words", s["signal"]), s["contribution"]) for s in stored["signals"])
    return Why(stored["sentence"], signals)


_FIELDS: dict[type[ev.Event], str] = {
    ev.ActionShown: "shown_ms",
    ev.ActionClicked: "clicked_ms",
    ev.ActionDismissed: "dismissed_ms",
    ev.ActionSubmitted: "submitted_ms",
    ev.ActionWithheld: "withheld_ms",
}


def _reported(folded: list[Folded], start_ms: int) -> dict[str, Reported]:
    """By decision id, what the pages said of its offer; of two reports of one kind the first."""
    told: dict[str, dict[str, Any]] = {}
    for one in folded:
        event = one.event
        if isinstance(event, ev.ACTION_EVENTS):
            found = told.setdefault(event.decision_id, {})
            found.setdefault(_FIELDS[type(event)], event.at_ms - start_ms)
            if isinstance(event, ev.ActionWithheld):
                found.setdefault("withheld_because", event.reason)
    return {decision_id: Reported(**fields) for decision_id, fields in told.items()}

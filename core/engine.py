"""The pipeline: observe, encode, score, segment, decide. Pure: no I/O, no clock, no randomness.

All arms are decided alike up to the first chosen action; only delivery differs.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from core.actions import params_of, type_of
from core.assignment import Assignment, assign
from core.events import Event, encode_event
from core.experiments import deal, rules_for
from core.features import encode, is_feature
from core.look import look_params
from core.pacing import after_choice
from core.policy import Choice, Situation, choose, decision_id
from core.preview import previewed
from core.records import Decision, Record, Scores, SegmentName
from core.rules import ActionRule, Rules
from core.scoring import Scorer
from core.segments import segment_of, trend_of
from core.session import Session, observe
from core.stakes import cost_minor
from core.withdrawal import must_go


class Turn(NamedTuple):
    """One event of one session, not folded before, and the rules that hold for it.

    `unavailable`: what cannot be offered just now for reasons outside the visit, as (action id, reason).
    """

    session: Session
    stream: bytes
    event: Event
    rules: Rules
    unavailable: tuple[tuple[str, str], ...] = ()


class Offer(NamedTuple):
    """An action for the page: drawn within `valid_ms` or not at all.

    `cost_minor`: what it gives away if it is taken. `deadline_at_ms`: until when it is honoured, by the browser's clock.
    """

    decision_id: str
    action_id: str
    params: dict[str, Any]
    valid_ms: int
    cost_minor: int = 0
    deadline_at_ms: int | None = None


class Step(NamedTuple):
    """What one event gave. `answer` is there at every scored event; the record keeps it only where it is new. `withdrawn`:
    the decision whose offer must not be seen any more, and why."""

    session: Session
    scores: Scores | None
    segment: SegmentName | None
    answer: Decision | None
    is_new_answer: bool
    offer: Offer | None
    withdrawn: tuple[str, str] | None


def advance(turns: Sequence[Turn], scorer: Scorer | None) -> list[Step]:
    """Take one event of each session through the pipeline.

    Shapes: at most one turn per session and `scorer.max_batch` turns; steps come in the order of the turns.
    Without a scorer every event is folded and nothing is ever chosen.
    """
    turns = [_dealt(turn) for turn in turns]
    seen = [observe(t.session, t.stream, t.event) for t in turns]
    if scorer is not None:
        seen = _scored(seen, turns, scorer)
    return [_decided(session, turn) for session, turn in zip(seen, turns, strict=True)]


def record_of(turn: Turn, step: Step, *, received_at_ms: int, latency_us: int | None) -> Record:
    """The row that this step becomes. The shell adds its clock; nothing else of a record comes from outside the core."""
    session = step.session
    return Record(
        site_id=turn.rules.site_id,
        stream=turn.stream,
        seq=turn.event.seq,
        session_id=session.id,
        received_at_ms=received_at_ms,
        payload=encode_event(turn.event),
        traffic=session.traffic,
        epoch=session.epoch,
        step=session.step,
        forced_arm=session.forced_arm,
        rules_version=turn.rules.version,
        scorer_version=session.scorer_version,
        scores=step.scores,
        segment=step.segment,
        decision=step.answer if step.is_new_answer else None,
        latency_us=latency_us,
        unavailable=turn.unavailable,
    )


def _dealt(turn: Turn) -> Turn:
    """The turn under the rules of the visit's variants: dealt with the visit's first event, and kept from then on."""
    session, rules = turn.session, turn.rules
    if rules.experiments and not session.step:
        session = replace(session, variants=deal(rules, session.id))
    return turn._replace(session=session, rules=rules_for(rules, session.variants)) if session.variants else turn


def _scored(seen: list[Session], turns: Sequence[Turn], scorer: Scorer) -> list[Session]:
    rows = [i for i, turn in enumerate(turns) if is_feature(turn.event)]
    # A vector of another scorer means nothing to this one: such a session is scored from here on.
    hidden = [seen[i].hidden if seen[i].scorer_version == scorer.version else b"" for i in rows]
    result = scorer.step(hidden, [encode(seen[i], turns[i].event) for i in rows])
    for i, scored in zip(rows, result, strict=True):
        seen[i] = replace(
            seen[i],
            hidden=scored.hidden,
            scores=scored.scores,
            scorer_version=scorer.version,
            peak_score=max(seen[i].peak_score, scored.scores.purchase),
        )
    return seen


def _decided(session: Session, turn: Turn) -> Step:
    scores = session.scores
    if scores is None:
        return Step(session, None, None, None, False, None, None)
    rules = turn.rules
    segment = segment_of(scores, rules.segments)
    situation = Situation(session, turn.event, segment, rules, turn.unavailable)
    session, withdrawn = _withdrawn(situation)
    if withdrawn is not None:
        situation = Situation(session, turn.event, segment, rules, turn.unavailable)
    choice = previewed(situation) if rules.preview else choose(situation)
    given = session.pacing.assignment or assign(rules, session.id, session.forced_arm, choice.rule)
    summary = (choice.rule.id if choice.rule else "", choice.reason, segment)
    # A choice always has a row of its own: the same action again, after an offer that was lost, is another offer.
    is_new = choice.rule is not None or summary != session.pacing.last_answer
    answer = _answer(session, turn, segment, choice, given, situation.frictions if is_new else ())
    pacing = replace(session.pacing, last_answer=summary) if is_new else session.pacing
    offer: Offer | None = None
    if choice.rule is not None:
        pacing = after_choice(
            pacing,
            action_id=choice.rule.id,
            decision_id=answer.decision_id,
            given=given,
            elapsed_ms=session.elapsed_ms,
            deadline_at_ms=_deadline(choice.rule, turn.event),
        )
        if given.arm == "treatment":
            offer = _offer(session, choice, answer, rules, pacing.deadlines.get(choice.rule.id))
    return Step(replace(session, pacing=pacing), scores, segment, answer, is_new, offer, withdrawn)


def _answer(
    session: Session,
    turn: Turn,
    segment: SegmentName,
    choice: Choice,
    given: Assignment,
    frictions: tuple[str, ...],
) -> Decision:
    rule = choice.rule
    return Decision(
        decision_id=decision_id(
            turn.rules.site_id, turn.stream, turn.event.seq, turn.rules.version, session.scorer_version
        ),
        action_id=rule.id if rule else "",
        action_type=type_of(rule.action) if rule else "",
        reason=choice.reason,
        segment=segment,
        arm=given.arm,
        treatment_probability=given.treatment_probability,
        refused=choice.refused,
        is_after_first_choice=session.pacing.has_chosen,
        is_delivered=rule is not None and given.arm == "treatment",
        trend=trend_of(session),
        frictions=frictions,
        because=rule.because if rule else "",
        expected_margin_minor=None if choice.worth.margin_minor is None else round(choice.worth.margin_minor),
        margin_basis=choice.worth.basis,
        variants=session.variants,
    )


def _offer(session: Session, choice: Choice, answer: Decision, rules: Rules, deadline_at_ms: int | None) -> Offer:
    assert choice.rule is not None
    cart = session.cart
    currency = cart.currency or rules.look.currency or ""
    params = params_of(choice.rule.action, cart_minor=cart.value_minor, currency=currency)
    if look := look_params(rules.look):
        params["look"] = look
    if deadline_at_ms is not None:
        params["ends_at_ms"] = deadline_at_ms
    cost = round(cost_minor(session, choice.rule, rules.money))
    return Offer(answer.decision_id, choice.rule.id, params, rules.pacing.valid_ms, cost, deadline_at_ms)


def _deadline(rule: ActionRule, event: Event) -> int | None:
    """When an offer that is first made now ends. An earlier deadline of the same offer stands (`core.pacing`)."""
    return None if rule.deadline_minutes is None else event.at_ms + rule.deadline_minutes * 60_000


def _withdrawn(situation: Situation) -> tuple[Session, tuple[str, str] | None]:
    """An offer that is waiting or open gives way to what forbids it now: the session without it, its decision id and why."""
    session = situation.session
    pacing = session.pacing
    current = pacing.open or pacing.pending
    reason = must_go(situation, pacing.current_action, is_open=bool(pacing.open)) if current else None
    if reason is None:
        return session, None
    return replace(session, pacing=replace(pacing, open="", pending="")), (current, reason)

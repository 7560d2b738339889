"""What every world must keep to, as sentences about what went wrong: an empty list is a world as promised."""

from collections import Counter
from collections.abc import Iterator

from core import events as ev
from core.engine import Turn, advance, record_of
from core.records import Arm, Decision, Record
from core.session import Session
from tests.support.memory_store import computed
from tests.support.tab import Tab
from tests.support.world import World


def problems(world: World) -> list[str]:
    """Everything that is not as promised."""
    found = [*_about_rows(world), *_about_decisions(world)]
    for number, tab in enumerate(world.tabs):
        found += [f"tab {number}: {what}" for what in _about_tab(world, tab)]
    return found


def undisturbed(world: World, tab: Tab, forced_arm: Arm | None = None) -> list[Record]:
    """The records of this tab's events folded one after the other in one place, by the core alone."""
    session = Session(id=tab.session_id, forced_arm=forced_arm)
    records: list[Record] = []
    for stream, event in tab.captured:
        turn = Turn(session, stream, event, world.rules)
        [step] = advance([turn], world.scorer)
        session = step.session
        records.append(computed(record_of(turn, step, received_at_ms=0, latency_us=None)))
    return records


def _about_rows(world: World) -> Iterator[str]:
    captured = {(world.rules.site_id, stream, event.seq) for tab in world.tabs for stream, event in tab.captured}
    stored = set(world.store.rows)
    if captured - stored:
        yield f"{len(captured - stored)} of {len(captured)} events are lost"
    if stored - captured:
        yield f"{len(stored - captured)} rows were never captured"
    if world.store.changed_payloads:
        yield f"{len(world.store.changed_payloads)} events changed between two sendings"
    if world.store.rejected:
        yield f"{len(world.store.rejected)} good events were rejected"
    if world.store.forks:
        yield f"{len(world.store.forks)} events were folded twice with different results"


def _about_decisions(world: World) -> Iterator[str]:
    ids = Counter(row.decision.decision_id for row in world.store.rows.values() if row.decision is not None)
    twice = [decision_id for decision_id, count in ids.items() if count > 1]
    if twice:
        yield f"{len(twice)} decision ids stand in two rows"
    if set(ids) != set(world.store.decisions) or world.store.decisions_written != len(ids):
        yield "the decisions are not those of the rows"


def _about_tab(world: World, tab: Tab) -> Iterator[str]:
    expected = undisturbed(world, tab)
    rows = world.store.rows
    for number, record in enumerate(expected, 1):
        row = rows.get((record.site_id, record.stream, record.seq))
        if row is None or computed(row) != record:
            yield f"event {number} of {len(expected)} is not what an undisturbed run gives"
            break
    arms = {r.decision.arm for r in expected if r.decision is not None and r.decision.action_id}
    if len(arms) > 1:
        yield f"the arm changed within a session: {arms}"
    if arms - {"treatment"} and tab.offered:
        yield f"an offer was sent in {arms}"
    if arms and first_choice(expected) != first_choice(undisturbed(world, tab, "treatment")):
        yield "this arm was decided otherwise than treatment before its first choice"
    yield from _about_offers(world, tab, expected)


def _about_offers(world: World, tab: Tab, expected: list[Record]) -> Iterator[str]:
    pacing = world.rules.pacing
    chosen = {r.decision.decision_id: r.decision for r in expected if r.decision is not None and r.decision.action_id}
    unknown = {frame.decision_id for frame in tab.offered} - set(chosen)
    if unknown:
        yield f"{len(unknown)} offers were sent that no record chose"
    for decision in chosen.values():
        if decision.segment == "likely_to_buy" and decision.action_type == "free_shipping":
            yield "a sure buyer was given a discount"
    if len(tab.shown) > pacing.shows_per_session:
        yield f"{len(tab.shown)} offers were shown"
    if len({decision_id for decision_id, _ in tab.shown}) != len(tab.shown):
        yield "an offer was shown twice"
    most = max(Counter(action_id for _, action_id in tab.shown).values(), default=0)
    if most > pacing.shows_per_action:
        yield f"one action was shown {most} times"
    if _chosen_after_dismissal(tab, expected):
        yield "something was chosen after a dismissal"


def _chosen_after_dismissal(tab: Tab, expected: list[Record]) -> bool:
    is_dismissed = False
    for (_, event), record in zip(tab.captured, expected, strict=True):
        is_dismissed = is_dismissed or isinstance(event, ev.ActionDismissed)
        if is_dismissed and record.decision is not None and record.decision.action_id:
            return True
    return False


def first_choice(records: list[Record]) -> list[tuple[str, str, str, str, bool]]:
    """Every new answer up to and with the first chosen action, without what only says which arm it is."""
    answers: list[tuple[str, str, str, str, bool]] = []
    for record in records:
        answer: Decision | None = record.decision
        if answer is not None:
            row = (answer.decision_id, answer.action_id, answer.reason, answer.segment, answer.is_after_first_choice)
            answers.append(row)
            if answer.action_id:
                break
    return answers

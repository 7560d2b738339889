"""Offers that need something beyond the visit: what is missing, taken, refused and given back, and that replay knows it."""

from collections.abc import Iterable, Sequence
from typing import Any

from core.actions import Content
from core.engine import Offer
from core.features import Encoded
from core.records import Record, Traffic
from core.replay import StoredEvent, replay
from core.rules import ActionRule, Rules
from core.scoring import Scored
from core.session import Session
from core.wire import ActionFrame
from tests.core.journey import FREE_SHIPPING, FixedScorer
from tests.support.builders import STREAM, browsing, frame, hello, make_rules, make_sites
from tests.support.loop import virtually
from tests.support.stage import Stage

GUIDE = ActionRule(
    id="guide", segments=("on_the_fence",), action=Content(title="How to choose", url="https://shop.example/blog")
)


class Shelf:
    """Remembers what was asked of it. `gone`: what it says is missing; `refuses`: what it says no to when asked."""

    def __init__(self, *, gone: tuple[tuple[str, str], ...] = (), refuses: dict[str, str] | None = None) -> None:
        self.gone = gone
        self.no = refuses or {}
        self.asked_count = 0
        self.taken: list[str] = []
        self.unseen: list[str] = []

    def missing(self, rules: Rules, traffic: Traffic) -> Iterable[tuple[str, str]]:
        self.asked_count += 1
        return self.gone

    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        if offer.action_id in self.no:
            return self.no[offer.action_id]
        self.taken.append(offer.action_id)
        return {"stock": len(self.taken)}

    def refuses(self, rules: Rules, session: Session, action_id: str, *, now_ms: int) -> str | None:
        return self.no.get(action_id)

    def give_back(self, rules: Rules, session: Session, offer: Offer) -> None:
        self.taken.remove(offer.action_id)

    def withheld(self, rules: Rules, session: Session, decision_id: str) -> None:
        self.unseen.append(decision_id)


class Broken(Shelf):
    def provide(self, rules: Rules, session: Session, offer: Offer, *, now_ms: int) -> dict[str, Any] | str:
        raise ZeroDivisionError("a planted bug")


class CountingScorer(FixedScorer):
    """Counts how often it is asked."""

    step_count = 0

    def step(self, hidden: Sequence[bytes], encoded: Sequence[Encoded]) -> list[Scored]:
        self.step_count += 1
        return super().step(hidden, encoded)


async def visited(
    *supplies: Shelf, control_share: float = 0.0, scorer: FixedScorer | None = None
) -> tuple[list[Record], list[ActionFrame]]:
    """The rows and offers of one visit that rests on its fourth page."""
    rules = make_rules(FREE_SHIPPING, GUIDE, control_share=control_share)
    stage = await Stage(sites=make_sites(rules), scorer=scorer or FixedScorer(), supplies=supplies).start()
    connection, peer = stage.join(hello())
    connection.receive(frame(*browsing(4)))
    assert await connection.acked(5.0)
    rows = stage.rows
    stored = [
        StoredEvent(STREAM, r.seq, r.payload, r.received_at_ms, r.epoch, r.step, r.rules_version, r.scorer_version,
                    r.traffic, r.forced_arm, r.unavailable)
        for r in rows
    ]  # fmt: skip
    again = replay(rows[0].session_id, stored, scorers={r.scorer_version: FixedScorer() for r in rows},
                   rules={rules.version: rules})  # fmt: skip
    assert [a.step.answer if a.step.is_new_answer else None for a in again] == [r.decision for r in rows]
    return rows, peer.of(ActionFrame)


@virtually
async def test_what_a_supply_gives_travels_beside_the_actions_own_parameters() -> None:
    shelf = Shelf()
    _, [offer] = await visited(shelf)
    assert offer.action_id == "free-shipping"
    assert (offer.params["stock"], offer.params["title"]) == (1, "Free shipping today")
    assert shelf.taken == ["free-shipping"]


@virtually
async def test_what_is_missing_is_refused_with_its_reason_and_the_next_action_leaves() -> None:
    rows, [offer] = await visited(Shelf(gone=(("free-shipping", "no_budget"),)))
    assert offer.action_id == "guide"
    assert rows[-1].decision is not None
    assert dict(rows[-1].decision.refused)["free-shipping"] == "no_budget"
    assert rows[-1].unavailable == (("free-shipping", "no_budget"),)


@virtually
async def test_an_offer_that_is_refused_at_the_last_moment_is_decided_again_and_replay_gives_the_same() -> None:
    budget, codes = Shelf(), Shelf(refuses={"free-shipping": "no_codes"})
    rows, [offer] = await visited(budget, codes)
    assert offer.action_id == "guide"
    assert rows[-1].unavailable == (("free-shipping", "no_codes"),)
    assert rows[-1].decision is not None
    assert dict(rows[-1].decision.refused)["free-shipping"] == "no_codes"
    assert budget.taken == codes.taken == ["guide"], "what was taken for the first was given back"


@virtually
async def test_where_every_action_is_refused_nothing_leaves_and_nothing_is_taken() -> None:
    budget, codes = Shelf(), Shelf(refuses={"free-shipping": "no_codes", "guide": "nothing_to_show"})
    rows, offers = await visited(budget, codes)
    assert offers == []
    assert budget.taken == []
    assert rows[-1].decision is not None
    assert (rows[-1].decision.action_id, rows[-1].decision.reason) == ("", "no_codes")


@virtually
async def test_deciding_again_after_a_refusal_asks_the_scorer_nothing_more() -> None:
    ready, refused = CountingScorer(), CountingScorer()
    await visited(Shelf(), scorer=ready)
    rows, [offer] = await visited(Shelf(refuses={"free-shipping": "no_codes"}), scorer=refused)
    assert offer.action_id == "guide"
    assert rows[-1].scores is not None
    assert refused.step_count == ready.step_count


@virtually
async def test_what_this_visit_cannot_have_is_refused_in_every_arm_alike() -> None:
    decided = []
    for control_share in (0.0, 1.0):
        rows, offers = await visited(Shelf(refuses={"free-shipping": "nothing_to_show"}), control_share=control_share)
        assert bool(offers) == (control_share == 0.0)
        last = rows[-1].decision
        assert last is not None
        decided.append((last.action_id, last.refused, rows[-1].unavailable))
    assert decided[0] == decided[1]
    assert decided[0][0] == "guide"


@virtually
async def test_control_chooses_alike_and_takes_nothing() -> None:
    shelf = Shelf()
    rows, offers = await visited(shelf, control_share=1.0)
    assert offers == []
    assert shelf.taken == []
    assert rows[-1].decision is not None
    assert (rows[-1].decision.action_id, rows[-1].decision.arm) == ("free-shipping", "control")


@virtually
async def test_a_bug_in_a_supply_costs_its_offer_and_no_record() -> None:
    rows, offers = await visited(Broken())
    assert offers == []
    assert [row.seq for row in rows] == list(range(1, 9))
    assert all(row.scores is not None for row in rows)


@virtually
async def test_a_supply_is_asked_once_a_wave_and_not_once_an_event() -> None:
    shelf = Shelf()
    stage = await Stage(sites=make_sites(make_rules(GUIDE)), scorer=FixedScorer(), supplies=(shelf,)).start()
    people = [stage.join(hello(session_id=bytes([n]) * 16, stream=STREAM[:13] + bytes([n]))) for n in range(20)]
    for n, (connection, _) in enumerate(people):
        connection.receive(frame(*browsing(2), stream=STREAM[:13] + bytes([n])))
    await stage.gateway.drain()
    assert len(stage.rows) == 80
    assert shelf.asked_count < 20

"""The worked example and its variants through real sockets: what is shown, what is stored, and what is said of it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from core import events as ev
from core.policy import decision_id
from core.records import Arm, Decision
from core.replay import replay
from model.scorer import load_scorer
from server.store.privacy_scan import scan_for_personal_data
from server.store.stored_session import read_events
from tests.e2e.scenario_events import at, page, until
from tests.e2e.scenario_sent import Way, send
from tests.e2e.scenario_shop import Shop, Visit, open_shop, play, until_stored
from tests.model.scenario import PRICE_MINOR, Told, session
from tests.support.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

DECISION_MS = 503_000
FOR, AGAINST = (
    ("checkout", "cart_add", "product_look", "reviews"),
    ("shipping_pause", "checkout_left", "comparison", "new_visitor"),
)


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Shop:
    return asyncio.run(open_shop(stack))


@pytest.fixture(scope="module")
def worked(shop: Shop) -> Visit:
    """The worked example, played once: looked at by several tests."""
    return asyncio.run(play(shop, "worked", session()))


async def decided_if(visit: Visit, arm: Arm) -> list[Decision]:
    """What the stored events of this visit give in an arm, up to the first choice, without what says which arm it is."""
    connection = await asyncpg.connect(visit.shop.stack.info.database_url)
    try:
        rows = await read_events(connection, visit.shop.rules.site_id, UUID(bytes=visit.session_id))
    finally:
        await connection.close()
    scorer, rules = load_scorer(), visit.shop.rules
    done = replay(
        visit.session_id,
        [row._replace(forced_arm=arm) for row in rows],
        scorers={scorer.version: scorer},
        rules={rules.version: rules},
    )
    answers = [one.step.answer for one in done if one.step.answer is not None]
    first = next(i for i, answer in enumerate(answers) if answer.action_id)
    return [
        replace(answer, arm="treatment", treatment_probability=1.0, is_delivered=False)
        for answer in answers[: first + 1]
    ]


# shows: F6 G2 G5 D8
async def test_nothing_is_shown_before_the_decision_point_and_free_shipping_at_it(worked: Visit) -> None:
    [offer] = worked.offers
    assert offer.action_type in ("free_shipping", "assistance")
    assert round(offer.at_ms, -3) == DECISION_MS
    [decision] = await worked.decisions()
    assert (decision["decision_id"], decision["action_id"]) == (offer.decision_id, offer.action_id)
    assert (decision["segment"], decision["trend"]) == ("on_the_fence", "falling")
    assert set(decision["frictions"]) == {"shipping_cost", "comparison_research"}
    assert 0.55 <= decision["purchase_score"] <= 0.65
    [exposure] = await worked.rows("marts.exposures")
    assert (exposure["decision_id"], exposure["withheld_at"]) == (offer.decision_id, None)
    [explanation] = await worked.rows("marts.explanations")
    assert explanation["decision_id"] == offer.decision_id


# shows: D8 F10
async def test_its_explanation_says_why_and_why_nothing_came_before(worked: Visit) -> None:
    told = await worked.told()
    [chosen] = [d for d in told["decisions"] if d["action_id"]]
    assert set(chosen["frictions"]) == {"shipping_cost", "comparison_research"}
    signals = {s["signal"]: s["contribution"] for s in chosen["why"]["signals"]}
    assert sum(signals.get(name, 0) > 0 for name in FOR) >= 2
    assert sum(signals.get(name, 0) < 0 for name in AGAINST) >= 2
    assert chosen["why"]["sentence"].startswith("High intent, but turned back at the shipping costs")
    assert chosen["reported"]["shown_ms"] == chosen["at_ms"] + 500
    before = [e for e in told["events"] if e["at_ms"] < chosen["at_ms"]]
    assert all(e["action_id"] is None for e in before)
    # The score was filled in at every event, and so is the reason why not, for every action.
    assert all(set(e["refused"]) == {rule.id for rule in worked.shop.rules.actions} for e in before)
    assert {e["reason"] for e in before if e["at_ms"] < 5_000} == {"quiet_period"}
    assert {e["reason"] for e in before if e["page"] == "shipping" and e["type"] != "page_view"} == {"stepped_aside"}
    begun = [e for e in before if e["type"] == "begin_checkout"]
    assert [e["segment"] for e in begun] == ["likely_to_buy"]
    assert begun[0]["refused"]["free-shipping"] == "no_discount_for_sure_buyers"
    assert [h["name"] for h in told["frictions"]] == ["shipping_cost", "comparison_research"]
    assert told["notes"] == []


async def test_replay_gives_the_same_decisions_and_no_row_of_it_holds_personal_data(worked: Visit) -> None:
    assert "Equal: " in worked.shop.stack.cli("replay", worked.session_id.hex())
    connection = await asyncpg.connect(worked.shop.stack.info.database_url)
    try:
        assert await scan_for_personal_data(connection) == []
    finally:
        await connection.close()


# shows: H3
async def test_v1_the_holdout_has_the_same_rows_and_the_same_decision_and_is_shown_nothing(
    shop: Shop, worked: Visit
) -> None:
    held = await play(shop, "held", session(), arm="holdout")
    assert held.offers == []
    logged = await held.decisions()
    assert {(row["arm"], row["is_delivered"]) for row in logged} == {("holdout", False)}
    as_if_treated = await decided_if(held, "treatment")
    assert as_if_treated[-1].action_id == logged[0]["action_id"]
    assert as_if_treated == await decided_if(held, "holdout")
    scores = "SELECT purchase_score FROM raw.events WHERE session_id = encode($1, 'hex')::uuid AND step IS NOT NULL"
    ours = await shop.stack.rows(f"{scores} AND event_type NOT LIKE 'action%' ORDER BY step", worked.session_id)
    assert await shop.stack.rows(f"{scores} ORDER BY step", held.session_id) == ours
    assert await held.rows("marts.exposures") == []
    told = await held.told()
    assert [d["is_delivered"] for d in told["decisions"] if d["action_id"]] == [False]


async def test_v2_where_shipping_is_free_already_it_is_not_offered(shop: Shop) -> None:
    told_fee = at(346, 3, ev.AddShippingInfo, currency="USD", value_minor=PRICE_MINOR, shipping_minor=0)
    events = sorted([*session(), told_fee], key=lambda one: one[1].at_ms)
    visit = await play(shop, "v2", events)
    told = await visit.told()
    standing = next(a for a in told["actions"] if a["action_id"] == "free-shipping")
    assert standing["at_choice"] == "not_applicable"
    assert [o.action_type for o in visit.offers] in (["assistance"], ["content"])


# shows: F1 F2
async def test_v3_who_pays_at_once_is_left_alone(shop: Shop) -> None:
    bought = {"currency": "USD", "value_minor": PRICE_MINOR}
    paying = [
        page(355.5, 6, "payment"),
        at(356, 6, ev.AddShippingInfo, shipping_minor=999, **bought),
        at(369, 6, ev.AddPaymentInfo, **bought),
        page(370, 7, "confirmation"),
        at(370.1, 7, ev.Purchase, transaction_id="V3-1", shipping_minor=999, **bought),
    ]
    visit = await play(shop, "v3", [*until(355.3), *paying])
    assert (visit.offers, await visit.decisions()) == ([], [])
    assert [await visit.rows(t) for t in ("marts.exposures", "marts.claims")] == [[], []]
    [order] = await visit.rows("marts.orders")
    assert (order["value_minor"], order["shipping_minor"], order["coupon"]) == (PRICE_MINOR, 999, None)
    told = await visit.told()
    assert told["events"][-1]["segment"] == "likely_to_buy"
    assert [o["order_id"] for o in told["orders"]] == ["V3-1"]
    assert not told["is_settled"]


async def test_v4_a_bounce_is_asked_for_an_address_at_most(shop: Shop) -> None:
    visit = await play(shop, "v4", [*until(35), at(41, 0, ev.ExitIntent), at(41.5, 0, ev.TabHidden)])
    assert [o.action_type for o in visit.offers] in ([], ["email_capture"], ["content"])
    told = await visit.told()
    assert {e["segment"] for e in told["events"] if e["segment"]} == {"unlikely_to_buy"}
    for event in told["events"]:
        assert event["refused"]["free-shipping"] != "chosen"
    assert all(d["action_type"] != "free_shipping" for d in told["decisions"])


# shows: E6 G6
async def test_v5_three_looks_at_the_questions_and_help_is_offered_for_that_reason(shop: Shop) -> None:
    events = [page(0, 0, "home", source="direct"), at(5.01, 0, ev.Dwell, active_ms=5000)]
    for look in range(3):
        events += [page(30 + 40 * look, 1 + 2 * look, "faq"), page(50 + 40 * look, 2 + 2 * look, "listing")]
    visit = await play(shop, "v5", [*events, at(135, 6, ev.Dwell, active_ms=5000)])
    [decision] = await visit.decisions()
    assert (decision["action_id"], decision["action_type"], decision["because"]) == ("chat-faq", "assistance", "faq_x3")
    told = await visit.told()
    landed = told["events"][1]
    assert (landed["at_ms"], landed["page"], landed["refused"]["chat-faq"]) == (5010, "home", "quiet_period")
    standing = next(a for a in told["actions"] if a["action_id"] == "chat-faq")
    assert [c["reason"] for c in standing["changes"]][:2] == ["quiet_period", "too_few_visits"]


# shows: F4
@pytest.mark.parametrize("then", ["add_to_cart", "idle"])
async def test_v7_whoever_closes_the_offer_is_shown_no_other(shop: Shop, then: str) -> None:
    later = [
        page(520, 6, "product"),
        at(523, 6, ev.Dwell, active_ms=2000),
        page(540, 7, "blog", topic="comparison"),
        at(546, 7, ev.Dwell, active_ms=5000),
        at(600, 7, ev.Idle, waited_ms=45_000)
        if then == "idle"
        else at(600, 7, ev.AddToCart, value_minor=8900, currency="USD"),
        at(610, 7, ev.ExitIntent),
    ]
    answers = (ev.ActionShown, ev.ActionDismissed)
    visit = await play(shop, f"v7 {then}", [*session(), *later], answers=answers)
    assert len(visit.offers) == len(await visit.decisions()) == 1
    [exposure] = await visit.rows("marts.exposures")
    assert exposure["dismissed_at"] is not None
    told = await visit.told()
    after = [e for e in told["events"] if e["at_ms"] > DECISION_MS + 1_500]
    assert len(after) == len(later)
    assert {reason for e in after for reason in e["refused"].values()} == {"dismissed"}


# shows: D8
async def test_v8_a_returning_visitor_is_not_called_new(shop: Shop, worked: Visit) -> None:
    visit = await play(shop, "v8", session(Told(is_new=False)))
    signals = [s["signal"] for s in (await visit.told())["now"]["signals"]]
    assert "new_visitor" not in signals
    assert "new_visitor" in [s["signal"] for s in (await worked.told())["now"]["signals"]]


# shows: C2 C3 F10
async def test_v9_however_its_events_come_the_decision_is_the_same_and_so_are_the_rows(
    shop: Shop, worked: Visit
) -> None:
    session_id = shop.session_id("v9")
    events = [
        (stream[:2] + stream[4:] + b"v9", replace(event, at_ms=event.at_ms + shop.shift_ms))
        for stream, event in session()
    ]
    ways: tuple[Way, ...] = ("out_of_order", "duplicated", "fetch", "plain")
    offered = [await send(shop, session_id, events, way) for way in ways]
    visit = Visit(shop, session_id, events, [])
    await until_stored(visit)
    [decision] = await visit.decisions()
    stream, last = events[-1]
    assert decision["decision_id"] == decision_id(
        shop.rules.site_id, stream, last.seq, shop.rules.version, decision["scorer_version"]
    )
    assert offered == [[decision["decision_id"]]] * len(ways)
    rows = await visit.rows("raw.events", "step")
    assert len(rows) == len(events)
    others = await worked.rows("raw.events", "step")
    assert [row["purchase_score"] for row in rows] == [row["purchase_score"] for row in others][: len(rows)]
    assert "Equal: " in shop.stack.cli("replay", session_id.hex())

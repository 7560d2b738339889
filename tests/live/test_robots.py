"""What a robot is to the gateway: counted as one, offered nothing when it gives its name, and one to its visit's end."""

import pytest

from core.records import Record, ToldReason, Traffic
from core.wire import Ack, ActionFrame
from tests.support.builders import browsing, dwell, frame, hello, make_rules, make_sites
from tests.support.loop import virtually
from tests.support.stage import Stage


async def visit(stage: Stage, *, robot: ToldReason | None, said: Traffic = "live") -> tuple[Record, list[ActionFrame]]:
    """A visit in which anybody else is offered something: its last row, and what it was offered."""
    connection, peer = stage.join(hello(traffic=said), robot=robot)
    connection.receive(frame(*browsing(4)))
    assert await connection.acked(5.0)
    return stage.rows[-1], peer.of(ActionFrame)


# shows: A9
@virtually
async def test_a_robot_that_gives_its_name_is_offered_nothing_and_its_record_says_why() -> None:
    stage = await Stage(sites=make_sites(make_rules())).start()
    row, offers = await visit(stage, robot="named")
    assert (row.traffic, row.bot_reason, offers) == ("bot", "named", [])
    decisions = [r.decision for r in stage.rows if r.decision is not None]
    assert not any(d.action_id for d in decisions), "no arm of it chooses anything"
    assert "bot" in {reason for d in decisions for _, reason in d.refused}
    assert all(dict(r.unavailable) for r in stage.rows), "what replay needs to say the same"


@pytest.mark.parametrize(
    ("robot", "said", "is_demo", "reason"),
    [
        (None, "live", False, None),
        ("automated", "live", False, "automated"),
        (None, "bot", False, "automated"),
        ("automated", "bot", True, None),
    ],
)
@virtually
async def test_a_browser_that_is_driven_sees_offers_and_is_flagged_but_not_on_a_demo_site(
    robot: ToldReason | None, said: Traffic, is_demo: bool, reason: ToldReason | None
) -> None:
    stage = await Stage(sites=make_sites(make_rules(), is_demo=is_demo)).start()
    row, offers = await visit(stage, robot=robot, said=said)
    assert (row.traffic, row.bot_reason) == ("live", reason)
    assert offers


@virtually
async def test_a_robot_stays_one_to_the_end_of_its_visit_and_a_visit_that_turns_into_one_goes_on() -> None:
    stage = await Stage().start()
    first, peer = stage.join(robot="named")
    first.receive(frame(dwell(1)))
    assert await first.acked(5.0)
    second, _ = stage.join(hello(token=peer.of(Ack)[-1].token))
    second.receive(frame(dwell(2), covered_seq=1))
    assert await second.acked(5.0)
    assert [(r.traffic, r.step) for r in stage.rows] == [("bot", 1), ("bot", 2)]

    stage = await Stage().start()
    first, peer = stage.join()
    first.receive(frame(dwell(1)))
    assert await first.acked(5.0)
    second, _ = stage.join(hello(token=peer.of(Ack)[-1].token), robot="named")
    second.receive(frame(dwell(2), covered_seq=1))
    assert await second.acked(5.0)
    assert [(r.traffic, r.step) for r in stage.rows] == [("live", 1), ("bot", 2)]


@pytest.mark.parametrize("said", ["simulated", "replayed"])
@virtually
async def test_what_says_that_it_is_played_is_nobodys_robot(said: Traffic) -> None:
    stage = await Stage().start()
    connection, _ = stage.join(hello(traffic=said), origin=None, robot="named")
    connection.receive(frame(dwell(1)))
    assert await connection.acked(5.0)
    assert [(r.traffic, r.bot_reason) for r in stage.rows] == [(said, None)]

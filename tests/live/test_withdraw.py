"""Rules change while pages are open: those with an offer that is switched off now are told at once, and nobody else."""

import pytest

from core import events as ev
from core.rules import Rules, bind
from core.wire import ActionFrame, Withdraw
from server.live.connection import Connection
from tests.support.builders import (
    START_MS,
    FakePeer,
    browsing,
    dwell,
    frame,
    hello,
    make_rules,
    make_site,
    make_sites,
)
from tests.support.loop import virtually
from tests.support.stage import Stage

RULES = make_rules()


def killed(*action_ids: str, rules: Rules = RULES) -> Rules:
    return bind(rules, site_id=rules.site_id, holdout_salt=rules.holdout_salt, killed=action_ids)


async def offered(stage: Stage) -> tuple[Connection, FakePeer, ActionFrame]:
    """An open page with an offer on its way."""
    connection, peer = stage.join()
    connection.receive(frame(*browsing(4)))
    assert await connection.acked(5.0)
    return connection, peer, peer.of(ActionFrame)[-1]


def shown(offer: ActionFrame) -> ev.Event:
    return ev.ActionShown(
        seq=9, at_ms=START_MS + 40_000, decision_id=offer.decision_id, action_id=offer.action_id, after_ms=90
    )


def closed(offer: ActionFrame) -> ev.Event:
    return ev.ActionDismissed(seq=10, at_ms=START_MS + 41_000, decision_id=offer.decision_id, action_id=offer.action_id)


# shows: F9
@pytest.mark.parametrize("which", ["every action", "this one"])
@virtually
async def test_a_kill_takes_an_offer_from_an_open_page_before_its_next_event(which: str) -> None:
    stage = await Stage(sites=make_sites(RULES)).start()
    _, peer, offer = await offered(stage)
    stage.sites.replace([make_site(killed("*" if which == "every action" else offer.action_id))])
    assert peer.of(Withdraw) == [Withdraw(offer.decision_id, "killed")]


@virtually
async def test_an_offer_that_is_on_the_page_is_taken_down_too_and_one_that_was_closed_is_not() -> None:
    stage = await Stage(sites=make_sites(RULES)).start()
    connection, peer, offer = await offered(stage)
    connection.receive(frame(shown(offer)))
    assert await connection.acked(5.0)
    stage.sites.replace([make_site(killed("*"))])
    assert peer.of(Withdraw) == [Withdraw(offer.decision_id, "killed")]

    stage = await Stage(sites=make_sites(RULES)).start()
    connection, peer, offer = await offered(stage)
    connection.receive(frame(shown(offer), closed(offer)))
    assert await connection.acked(5.0)
    stage.sites.replace([make_site(killed("*"))])
    assert peer.of(Withdraw) == []


@virtually
async def test_an_action_that_a_new_version_no_longer_has_is_taken_down_as_switched_off() -> None:
    stage = await Stage(sites=make_sites(RULES)).start()
    _, peer, offer = await offered(stage)
    without = make_rules(*(rule for rule in RULES.actions if rule.id != offer.action_id))
    stage.sites.replace([make_site(without)])
    assert peer.of(Withdraw) == [Withdraw(offer.decision_id, "switched_off")]


@virtually
async def test_other_offers_other_sites_and_the_same_rules_again_disturb_no_page() -> None:
    other = make_site(make_rules(site_id="other"), site_id="other", key="pk_other")
    stage = await Stage(sites=make_sites(RULES)).start()
    _, peer, offer = await offered(stage)
    elsewhere = next(rule.id for rule in RULES.actions if rule.id != offer.action_id)
    stage.sites.replace([make_site(RULES), other])
    stage.sites.replace([make_site(RULES), make_site(killed("*", rules=other.rules), site_id="other", key="pk_other")])
    stage.sites.replace([make_site(killed(elsewhere))])
    assert peer.of(Withdraw) == []


@virtually
async def test_a_page_without_an_offer_without_a_hello_or_gone_is_told_nothing() -> None:
    stage = await Stage(sites=make_sites(RULES)).start()
    _, silent = stage.connect()
    browsing_only, bare = stage.join(hello(session_id=b"b" * 16))
    browsing_only.receive(frame(*browsing(1)))
    assert await browsing_only.acked(5.0)
    connection, gone, _ = await offered(stage)
    connection.closed()
    stage.sites.replace([make_site(killed("*"))])
    assert [peer.of(Withdraw) for peer in (silent, bare, gone)] == [[], [], []]


# shows: F9 F10
@virtually
async def test_the_state_follows_at_the_next_event_and_the_record_names_the_rules_that_did_it() -> None:
    stage = await Stage(sites=make_sites(RULES)).start()
    connection, peer, offer = await offered(stage)
    rules = killed("*")
    stage.sites.replace([make_site(rules)])
    told = len(stage.rows)
    assert stage.rows[-1].rules_version == RULES.version, "the push itself is no event"
    connection.receive(frame(dwell(9, at_s=60)))
    assert await connection.acked(5.0)
    row = stage.rows[told]
    assert (row.rules_version, row.decision.reason if row.decision else "") == (rules.version, "killed")
    assert {frame.decision_id for frame in peer.of(Withdraw)} == {offer.decision_id}
    assert len(peer.of(ActionFrame)) == 1

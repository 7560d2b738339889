"""A preview link at the gateway's front door: what it opens, for whom, and what becomes of one that opens nothing."""

import pytest
from msgspec.structs import replace

from core import events as ev
from core.replay import StoredEvent, replay
from core.rules import bind
from core.wire import Ack, ActionFrame, Events, Hello, Notice, Withdraw, decode_client_frame
from server import metrics
from server.live.preview import LIFETIME_MS, WORDS, Preview, PreviewRefused, PreviewSealer
from server.live.sites import Sites
from tests.support.builders import (
    SESSION_ID,
    SITE_ID,
    START_MS,
    batch,
    browsing,
    dwell,
    frame,
    hello,
    make_links,
    make_rules,
    make_site,
    page_view,
)
from tests.support.loop import virtually
from tests.support.scorer import HashScorer
from tests.support.stage import Stage

RULES = make_rules(holdout_share=0.5)
SHOWN = "case"
PREVIEWED = bind(RULES, site_id=SITE_ID, holdout_salt="salt", preview=SHOWN)
ONE_PAGE = (page_view(1), dwell(2, at_s=2))


def sites() -> Sites:
    return Sites([replace(make_site(RULES), previews=(PREVIEWED,))])


def link(version: str = PREVIEWED.version, *, site_id: str = SITE_ID, ends_ms: int = START_MS * 2) -> str:
    return make_links().seal(Preview(ends_ms, version), site_id=site_id)


def refused_count(reason: str) -> float:
    return metrics.REGISTRY.get_sample_value("fifthclick_tokens_refused_total", {"reason": reason}) or 0.0


# shows: G12
@virtually
async def test_a_link_shows_its_action_on_a_live_site_and_marks_every_row() -> None:
    stage = await Stage(sites=sites()).start()
    connection, peer = stage.join(hello(preview=link()))
    connection.receive(frame(*ONE_PAGE))
    assert await connection.acked(5.0)
    [offer] = peer.of(ActionFrame)
    assert offer.action_id == SHOWN
    assert {(row.traffic, row.forced_arm, row.rules_version) for row in stage.rows} == {
        ("preview", "treatment", PREVIEWED.version)
    }
    assert not peer.of(Notice), "nobody asked for them"


@virtually
async def test_what_a_preview_was_shown_is_replayed_from_its_rows_alone() -> None:
    stage = await Stage(sites=sites()).start()
    connection, _ = stage.join(hello(preview=link()))
    connection.receive(frame(*browsing(3)))
    assert await connection.acked(5.0)
    rows = [
        StoredEvent(
            r.stream, r.seq, r.payload, r.received_at_ms, r.epoch, r.step, r.rules_version, r.scorer_version, r.traffic,
            r.forced_arm, r.unavailable,
        )
        for r in stage.rows
    ]  # fmt: skip
    scorer = HashScorer()
    again = replay(
        SESSION_ID, rows, scorers={scorer.version: scorer}, rules={rules.version: rules for rules in (RULES, PREVIEWED)}
    )
    logged = [row.decision for row in stage.rows]
    assert [one.step.answer if one.step.is_new_answer else None for one in again] == logged
    assert {decision.action_id for decision in logged if decision and decision.action_id} == {SHOWN}


@virtually
async def test_the_next_page_of_the_visit_goes_on_with_the_preview_and_a_kill_does_not_reach_it() -> None:
    stage = await Stage(sites=sites()).start()
    first, peer = stage.join(hello(preview=link()))
    first.receive(frame(*ONE_PAGE))
    assert await first.acked(5.0)
    stage.sites.replace([make_site(bind(RULES, site_id=SITE_ID, holdout_salt="salt", killed=["*"]))])
    assert not peer.of(Withdraw)
    first.closed()
    stage.sites.replace(sites().all())
    [offer] = peer.of(ActionFrame)
    shown = ev.ActionShown(seq=3, at_ms=START_MS + 2500, decision_id=offer.decision_id, action_id=SHOWN, after_ms=100)
    again, peer = stage.join(hello(token=peer.of(Ack)[-1].token, preview=link(), stream=b"\x50\x00" + b"b" * 12))
    again.receive(frame(shown, covered_seq=2))
    again.receive(frame(page_view(1, at_s=9), dwell(2, at_s=12), stream=b"\x50\x00" + b"b" * 12))
    assert await again.acked(5.0)
    assert [frame.action_id for frame in peer.of(ActionFrame)] == [SHOWN]
    assert [row.step for row in stage.rows] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (link(ends_ms=START_MS), "preview_expired"),
        (link(site_id="another-shop"), "preview_forged"),
        (link()[:-2] + "AA", "preview_forged"),
        ("A" * 60, "preview_forged"),
        ("", ""),
        (link(version="f" * 16), "preview_unknown"),
        (
            PreviewSealer({1: b"9" * 32}, sealing_key_id=1).seal(Preview(START_MS * 2), site_id=SITE_ID),
            "preview_forged",
        ),
    ],
    ids=["expired", "of another shop", "cut", "made up", "none", "of unknown rules", "of another key"],
)
@virtually
async def test_a_link_that_opens_nothing_is_an_ordinary_visit_that_counts_and_the_page_is_told_why(
    token: str, reason: str
) -> None:
    stage = await Stage(sites=sites()).start()
    before = refused_count(reason)
    connection, peer = stage.join(hello(preview=token, wants_notices=True, traffic="preview", preview_arm="treatment"))
    connection.receive(frame(*ONE_PAGE))
    assert await connection.acked(5.0)
    assert {(row.traffic, row.forced_arm, row.rules_version) for row in stage.rows} == {("live", None, RULES.version)}
    assert peer.of(ActionFrame) == []
    told = [(notice.seq, notice.reason, notice.words) for notice in peer.of(Notice)]
    assert told == ([(0, reason, WORDS[reason])] if reason else []), "no score, no reason, no rule of the shop's"
    assert refused_count(reason) == before + bool(reason)


# shows: G12
@virtually
async def test_a_visit_that_began_before_the_server_had_the_link_goes_on_as_an_ordinary_one() -> None:
    stage = await Stage(sites=Sites([make_site(RULES)])).start()
    first, peer = stage.join(hello(preview=link(), wants_notices=True))
    first.receive(frame(*ONE_PAGE))
    assert await first.acked(5.0)
    assert [notice.reason for notice in peer.of(Notice)] == ["preview_unknown"]
    token = peer.of(Ack)[-1].token
    first.closed()
    stage.sites.replace(sites().all())

    late, later = b"\x50\x00" + b"b" * 12, b"\x50\x00" + b"c" * 12
    again, peer = stage.join(hello(token=token, preview=link(), stream=late, wants_notices=True))
    again.receive(frame(page_view(1, at_s=9), dwell(2, at_s=12), stream=late))
    assert await again.acked(5.0)
    assert {(row.traffic, row.forced_arm, row.rules_version) for row in stage.rows} == {("live", None, RULES.version)}
    assert [row.step for row in stage.rows] == [1, 2, 3, 4], "one visit, one state"
    assert len({row.epoch for row in stage.rows}) == 1
    assert peer.of(ActionFrame) == []
    told = [(notice.seq, notice.reason) for notice in peer.of(Notice)]
    assert told == [(0, "preview_late")], "and what the rules think is still nobody's business"

    fresh, peer = stage.join(hello(preview=link(), session_id=b"n" * 16, stream=later))
    fresh.receive(frame(*ONE_PAGE, stream=later))
    assert await fresh.acked(5.0)
    assert [offer.action_id for offer in peer.of(ActionFrame)] == [SHOWN], "in a tab of its own it opens"


@pytest.mark.parametrize(("is_demo", "traffic", "arm"), [(True, "preview", "holdout"), (False, "live", None)])
@virtually
async def test_an_arm_in_place_of_a_token_is_for_demo_sites_alone(is_demo: bool, traffic: str, arm: str | None) -> None:
    stage = await Stage(sites=Sites([make_site(RULES, is_demo=is_demo)])).start()
    before = refused_count("preview_forged")
    connection, _ = stage.join(hello(preview="holdout"))
    connection.receive(frame(*ONE_PAGE))
    assert await connection.acked(5.0)
    assert {(row.traffic, row.forced_arm) for row in stage.rows} == {(traffic, arm)}
    assert refused_count("preview_forged") == before, "a word is no token"


@virtually
async def test_a_preview_that_asks_is_told_the_score_the_segment_and_every_actions_reason() -> None:
    stage = await Stage(sites=sites()).start()
    connection, peer = stage.join(hello(preview=link(), wants_notices=True))
    connection.receive(frame(*ONE_PAGE))
    assert await connection.acked(5.0)
    first, *_, last = peer.of(Notice)
    assert (first.seq, first.reason) == (0, "preview")
    assert (last.reason, last.action_id, last.arm, last.preview) == ("preview", SHOWN, "treatment", SHOWN)
    assert last.score_permille is not None
    assert {action_id for action_id, _, _ in last.refused} == {rule.id for rule in RULES.actions} - {SHOWN}
    assert all(words.endswith(".") for _, _, words in last.refused)


# shows: O3
@virtually
async def test_a_link_without_an_action_explains_an_ordinary_choice_and_counts_nowhere_either() -> None:
    stage = await Stage(sites=sites()).start()
    connection, peer = stage.join(hello(preview=link(version=""), wants_notices=True))
    connection.receive(frame(*ONE_PAGE))
    assert await connection.acked(5.0)
    assert {(row.traffic, row.rules_version) for row in stage.rows} == {("preview", RULES.version)}
    last = peer.of(Notice)[-1]
    assert (last.reason, last.preview, last.arm) == ("quiet_period", "", "treatment")
    assert {(action_id, reason) for action_id, reason, _ in last.refused} == {
        (rule.id, "quiet_period") for rule in RULES.actions
    }


@virtually
async def test_a_beacon_of_a_preview_is_logged_as_one() -> None:
    stage = await Stage(sites=sites()).start()
    said = decode_client_frame(hello(preview=link()))
    assert isinstance(said, Hello)
    stage.gateway.log_unscored(said, [Events([batch(ONE_PAGE)])], origin=None)
    await stage.gateway.drain()
    assert [row.traffic for row in stage.rows] == ["preview"] * 2


def test_a_token_opens_for_its_site_until_its_time_and_no_text_raises_anything_else() -> None:
    links = make_links()
    token = link(ends_ms=START_MS + LIFETIME_MS)
    assert links.open(token, site_id=SITE_ID, now_ms=START_MS + LIFETIME_MS - 1).version == PREVIEWED.version
    assert len(token) < 100, "a link stays one line"
    for text in ("", "é", "=", "a" * 5000, token + "x", token.swapcase()):
        with pytest.raises(PreviewRefused):
            links.open(text, site_id=SITE_ID, now_ms=START_MS)
    with pytest.raises(PreviewRefused, match="preview_expired"):
        links.open(token, site_id=SITE_ID, now_ms=START_MS + LIFETIME_MS)

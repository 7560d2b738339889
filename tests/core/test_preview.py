"""A preview shows one action whatever its conditions say, as often as the caps allow, and never in the way of the page."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from core import events as ev
from core.engine import Step, Turn, advance
from core.rules import ActionRule, Arms, Pacing, Rules, bind
from tests.core.journey import FREE_SHIPPING, GUIDE, NEWSLETTER, START_MS, STREAM, FixedScorer, browse, offers, play

FORBIDDEN = replace(
    FREE_SHIPPING,
    segments=("on_the_fence",),
    pages=("cart",),
    min_cart_minor=900_000,
    frictions=("form_trouble",),
    trigger="exit_intent",
    is_on=False,
)
"""Nothing about an ordinary visit fits it."""


def previewing(
    action: ActionRule, *others: ActionRule, holdout_share: float = 0.0, pacing: Pacing | None = None
) -> Rules:
    arms = Arms(holdout_share=holdout_share, control_share=0.0, no_holdout_because="a test of one arm")
    rules = Rules(actions=(action, *others), arms=arms, pacing=pacing or Pacing())
    return bind(rules, site_id="shop", holdout_salt="salt", killed=[action.id], preview=action.id)


def seen(events: list[ev.Event], rules: Rules, *, closes: bool = False) -> list[Step]:
    """The visit in which each offer is drawn as it comes, and closed where `closes`."""
    done: list[ev.Event] = []
    for event in events:
        done.append(replace(event, seq=len(done) + 1))
        step = play(done, rules, arm="treatment")[-1]
        if step.offer is None:
            continue
        of = {"decision_id": step.offer.decision_id, "action_id": step.offer.action_id}
        done.append(ev.ActionShown(seq=len(done) + 1, at_ms=event.at_ms + 100, after_ms=100, **of))
        if closes:
            done.append(ev.ActionDismissed(seq=len(done) + 1, at_ms=event.at_ms + 200, **of))
    return play(done, rules, arm="treatment")


def why(steps: Sequence[Step]) -> list[str]:
    return [step.answer.reason for step in steps if step.answer is not None]


# shows: G12
def test_the_action_comes_at_the_first_calm_moment_whatever_its_conditions_say() -> None:
    rules = previewing(FORBIDDEN, GUIDE)
    [landed, rested] = play(browse(1), rules, score=0.99, arm="treatment")
    assert (landed.offer, landed.answer and landed.answer.reason) == (None, "waits_for_a_pause")
    assert rested.offer is not None
    assert rested.offer.action_id == FORBIDDEN.id
    assert rested.answer is not None
    assert (rested.answer.reason, rested.answer.arm, rested.answer.is_delivered) == ("preview", "treatment", True)
    assert rested.answer.refused == (("guide", "other_segment"),)


def test_the_same_rules_without_the_preview_never_show_it() -> None:
    rules = replace(previewing(FORBIDDEN, GUIDE), preview="", killed=())
    assert FORBIDDEN.id not in offers(play(browse(8), rules, arm="treatment"))


def test_it_comes_again_on_another_page_also_after_it_was_closed_and_never_twice_on_one() -> None:
    rests = [*browse(1), ev.Dwell(seq=3, at_ms=START_MS + 60_000, active_ms=2000)]
    later = [replace(event, at_ms=event.at_ms + 120_000) for event in browse(4)]
    steps = seen([*rests, *later], previewing(FORBIDDEN, pacing=Pacing(shows_per_action=2)), closes=True)
    assert offers(steps) == [FORBIDDEN.id] * 2, "once on the first page, once on the second, and then the cap holds"
    assert "once_a_page" in why(steps)
    assert why(steps)[-1] == "action_cap"


def test_one_that_is_open_stays_alone_and_rules_that_allow_none_can_be_previewed() -> None:
    steps = seen([*browse(1), ev.Dwell(seq=9, at_ms=START_MS + 9000, active_ms=9)], previewing(FORBIDDEN))
    assert offers(steps) == [FORBIDDEN.id]
    assert why(steps)[-1] == "layer_open"
    none = previewing(FORBIDDEN, pacing=Pacing(shows_per_session=0, shows_per_action=0))
    assert offers(seen(browse(3), none, closes=True)) == [FORBIDDEN.id]


def test_nothing_comes_on_a_payment_step_and_what_waits_there_goes() -> None:
    assert offers(play(browse(3, page_type="checkout"), previewing(FORBIDDEN), arm="treatment")) == []
    rested = browse(1)
    paying = ev.PageView(seq=3, at_ms=START_MS + 5000, page_type="payment", navigation="spa")
    [*_, step] = play([*rested, paying], previewing(FORBIDDEN), arm="treatment")
    assert step.withdrawn is not None
    assert step.withdrawn[1] == "payment_step"


def test_a_change_of_mind_does_not_take_a_previewed_offer_back() -> None:
    more = ev.Scroll(seq=3, at_ms=START_MS + 2500, percent=50)
    [*_, step] = play([*browse(1), more], previewing(FORBIDDEN), score=0.99, arm="treatment")
    assert step.withdrawn is None


def test_what_cannot_be_had_is_named_and_not_drawn() -> None:
    landed, rested = browse(1)
    session = play([landed], previewing(NEWSLETTER), arm="treatment")[-1].session
    turn = Turn(session, STREAM, rested, previewing(NEWSLETTER), (("newsletter", "nothing_to_show"),))
    [step] = advance([turn], FixedScorer())
    assert (step.offer, step.answer and step.answer.reason) == (None, "nothing_to_show")


def test_rules_that_preview_have_a_version_of_their_own_and_all_others_keep_theirs() -> None:
    plain = Rules(actions=(GUIDE, NEWSLETTER))
    versions = {
        bind(plain, site_id="shop", holdout_salt="s", preview=name).version for name in ("", "guide", "newsletter")
    }
    assert len(versions) == 3
    live = bind(plain, site_id="shop", holdout_salt="s")
    fields = {**msgspec.to_builtins(live), "version": ""}
    del fields["preview"], fields["guardrails"]  # neither decides anything here
    assert live.version == sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()[:16]

"""docs/policy.md lists every check, reason and prior as the code has them, in the code's order."""

import math
import re
from pathlib import Path

from core.conditions import CONDITIONS
from core.margin import ANSWERS, CAUTION, EXPLORED, PRIORS, SITUATION
from core.pacing import ACTIONS_KEPT
from core.policy import ACTION_REASONS, ANSWER_MS, MOMENTS, PAYMENT_PAGES, SESSION_CHECKS
from core.preview import PREVIEW_CHECKS
from core.reasons import CHOSEN, NO_MODEL, NOTHING_FITS, OUTRANKED, PREVIEWED, STEPPED_ASIDE, UNAVAILABLE, WORDS
from core.rules import Choosing, Pacing

ROOT = Path(__file__).parents[2]
POLICY = (ROOT / "docs" / "policy.md").read_text()
ANSWERED = (CHOSEN, OUTRANKED, STEPPED_ASIDE, NOTHING_FITS, NO_MODEL)


def section(title: str) -> str:
    """What stands under this heading, up to the next of its kind."""
    [found] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", POLICY, re.MULTILINE | re.DOTALL)
    return str(found)


def rows(text: str) -> list[str]:
    """The rows of the table of reasons, without its head."""
    return [line for line in text.splitlines() if line.startswith("| `")]


def told(*reasons: str) -> list[str]:
    return [f"| `{reason}` | {WORDS[reason]} |" for reason in reasons]


def test_the_checks_of_the_whole_visit_stand_in_their_order_with_their_words() -> None:
    assert rows(section("First: may anything be shown at all")) == told(*(reason for reason, _ in SESSION_CHECKS))


def test_the_checks_of_each_action_stand_in_their_order_with_their_words() -> None:
    assert rows(section("Then: each action")) == told(*ACTION_REASONS)
    assert ACTION_REASONS.index(CONDITIONS[-1][0]) + 1 == ACTION_REASONS.index(UNAVAILABLE[0])


def test_the_other_answers_are_listed_and_none_is_left_out() -> None:
    assert rows(section("The answer")) == told(*ANSWERED)
    assert {reason for reason in re.findall(r"^\| `(\w+)` \|", POLICY, re.MULTILINE) if reason in WORDS} == set(WORDS)


def test_the_answers_of_a_preview_are_listed() -> None:
    own = [
        code for code, _ in PREVIEW_CHECKS if code not in {reason for reason, _ in SESSION_CHECKS} | set(ACTION_REASONS)
    ]
    assert rows(section("A preview")) == told(PREVIEWED, *own)


def prior_row(kind: str) -> str:
    """How an action's prior is written: its share of the leverage, and the odds where it answers a reason."""
    prior = PRIORS[kind]
    always, answering, *others, leverage = prior.weights
    assert not any((always, *others)), "the table shows two weights: add a column for another"
    reasons = ", ".join(f"`{name}`" for name in ANSWERS[kind]) or "none"
    return (
        f"| `{kind}` | {leverage:.0%} | {math.exp(answering):.2f} | {prior.take_share:.0%} "
        f"| {prior.order_share:+.0%} | {reasons} |"
    )


def test_what_is_assumed_of_each_action_type_is_what_the_table_says() -> None:
    assert rows(section("What an offer is worth")) == [prior_row(kind) for kind in PRIORS]


def test_the_situation_that_an_effect_may_depend_on_is_named() -> None:
    assert {name for name in SITUATION if f"`{name}`" not in POLICY} == set()


def test_the_numbers_in_the_text_are_those_of_the_code() -> None:
    text = " ".join(POLICY.split())
    assert f"after {Pacing().valid_ms // 1000} seconds" in text
    assert f"another {ANSWER_MS // 1000} seconds" in text
    assert f"{Choosing().explore_share:.0%} of visits" in text
    assert f"at least {Choosing().least_gain_share:.0%}" in text
    assert f"half as many after {EXPLORED} randomised visits" in text
    assert CAUTION == 0.5, "the text says half"
    assert f"{ACTIONS_KEPT} actions" in text
    assert all(f"`{page}`" in POLICY for page in PAYMENT_PAGES)
    assert len(MOMENTS) == 5
    for words in (
        "a rest on the page",
        "a silence",
        "a part of the page read",
        "coming back to the tab",
        "about to leave",
    ):
        assert words in text


def test_the_page_is_linked_and_leaves_room_for_what_a_site_learns() -> None:
    assert "docs/policy.md" in (ROOT / "README.md").read_text()
    assert "policy.md" in (ROOT / "docs" / "merchant.md").read_text()
    assert section("Learned from your own visits")

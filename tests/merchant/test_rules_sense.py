"""What is well-formed and can never come true is refused on its line, with what to do; what presses is said."""

import pytest

from core.rules import ActionRule, When
from core.rules_hints import hints_of
from core.rules_text import RulesRefused, parse_rules
from core.session import TRAIL_LENGTH
from tests.merchant.texts import FREE_SHIPPING

UPSELL = """
[[actions]]
id = "filter"
segments = ["on_the_fence"]
[actions.action]
type = "upsell"
title = "Goes well with it"
url = "https://shop.example/p/filter"
"""
COUNTED = """
[[actions]]
id = "counted"
segments = ["on_the_fence"]
[actions.action]
type = "social_proof"
title = "{count} bought this"
"""


def mistakes(text: str) -> list[tuple[int | None, str]]:
    with pytest.raises(RulesRefused) as caught:
        parse_rules(text, "rules.toml")
    return list(caught.value.mistakes)


def when(line: str) -> str:
    return UPSELL + f"[actions.when]\n{line}\n"


# shows: E6 F3
@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'path = ["pricing", "lookbook"]',
            "'lookbook' has no name of ours, and words of your own cannot be told apart",
        ),
        ('path = ["pricing", "case_studi"]', "Did you mean 'case_study'?"),
        ('path = ["faq", ""]', "'' has no name of ours"),
        ("visits = { lookbook = 2 }", "'lookbook' has no name of ours"),
        ("visits = { faq = 0 }", "faq must be between 1 and 50, is 0."),
        ('visits = { faq = "3" }', "faq must be a whole number, is '3'."),
        ('path = ["faq", "faq", "faq", "faq", "faq", "faq", "faq"]', "path must name at most 6, names 7."),
        ("path_within_s = 60", "there is no path that could take so long. Next: add path"),
        ("events = { searchh = 2 }", "unknown event 'searchh'. Did you mean 'search'?"),
        ("events = { action_shown = 1 }", "'action_shown' happens only where an offer is shown"),
        ("events = { purchase = 1 }", "who has bought is left alone"),
        ("scores = { exit = { at_least = 0.8, at_most = 0.2 } }", "at_least (0.8) is above at_most (0.2)"),
        ("scores = { exit = { at_least = 1.5 } }", "at_least must be between 0 and 1, is 1.5."),
        ("scores = { exit = { least = 0.5 } }", "unknown key 'least'. Did you mean 'at_least'?"),
        ("scores = { exit = 0.5 }", "exit must be a table of keys, is 0.5."),
        ("scores = { leave = { at_least = 0.5 } }", "unknown key 'leave' in scores. Valid: abandonment, add_to_cart"),
        ("scores = { purchase = { at_least = 0.7 } }", "no visit of its segments (on_the_fence) has such a score"),
        ("scores = { purchase = { at_most = 0.1 } }", "no visit of its segments (on_the_fence) has such a score"),
        ("hours = [9, 9]", "hours begin and end at 9, so no hour is between them. Next: [0, 24]"),
        ("hours = [9]", "hours must hold 2 values, holds 1."),
        ("hours = 9", "hours must be a list in [ ], is 9."),
        ("hours = [9, 25]", "hours must be between 0 and 24, is 25."),
        ('hours = ["9", 17]', "hours must be a whole number, is '9'."),
        ('devices = ["phone"]', "devices cannot be 'phone'. Valid: desktop"),
        ('visitors = ["unknown"]', "visitors cannot be 'unknown'. Valid: new, returning."),
        ("after = 60", "unknown key 'after'. Did you mean 'after_s'?"),
        (
            'frictions = ["shipping_cost"]',
            "unknown key 'frictions' in [actions.when]. It belongs above, in [[actions]].",
        ),
    ],
)
def test_a_condition_that_cannot_hold_is_refused_on_its_line(line: str, said: str) -> None:
    [(number, message)] = mistakes(when(line))
    assert said in message
    assert number == when(line).splitlines().index(line) + 1


def test_a_condition_in_the_wrong_table_is_sent_to_its_own() -> None:
    text = UPSELL.replace("[actions.action]", 'path = ["faq"]\n[actions.action]')
    assert mistakes(text) == [(5, "unknown key 'path' in [[actions]]. It belongs below, in [actions.when].")]


def test_a_path_is_never_longer_than_what_a_visit_remembers() -> None:
    path = parse_rules(when('path = ["faq", "faq", "faq", "faq", "faq", "faq"]')).actions[0].when.path
    assert len(path) <= TRAIL_LENGTH


@pytest.mark.parametrize(
    "line",
    [
        "scores = { purchase = { at_least = 0.69 } }",
        "scores = { purchase = { at_most = 0.15 }, exit = { at_least = 0.5, at_most = 0.5 } }",
        "hours = [22, 6]",
        "hours = [0, 24]",
        'path = ["pricing", "case_study", "pricing"]\npath_within_s = 900',
        "visits = { faq = 3 }",
        "events = { search = 2, custom = 1 }",
        "max_cart_minor = 0",
    ],
)
def test_a_condition_that_can_hold_is_taken(line: str) -> None:
    assert parse_rules(when(line)).actions[0].when != When()


def changed(text: str, above: str = "", below: str = "") -> str:
    """The text with lines of its [[actions]] and of its [actions.action]."""
    return text.replace("[actions.action]", above + "[actions.action]") + below


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (changed(UPSELL, "deadline_minutes = 60\n"), 5, "promises nothing that could end: it names no honour."),
        (changed(FREE_SHIPPING, "deadline_minutes = 10\n"), 5, "deadline_minutes must be between 15 and 1440, is 10."),
        (changed(UPSELL, "budget_minor_per_day = 900\n"), 5, "has a budget and costs nothing"),
        (changed(UPSELL, "cost_minor = 0\nbudget_minor_per_day = 900\n"), 6, "has a budget and costs nothing"),
        (
            changed(FREE_SHIPPING, "cost_minor = 550\nbudget_minor_per_day = 500\n"),
            6,
            "the budget of a day (500) does not pay for one offer, which costs 550.",
        ),
        (changed(FREE_SHIPPING, "budget_minor_per_day = 0\n"), 5, "Next: raise it, or switch the action off"),
        (changed(FREE_SHIPPING, "cost_share = 0.4\n"), 5, "gives away all that an order earns (margin_share 0.4)"),
        ("[money]\nmargin_share = 0\n" + changed(FREE_SHIPPING, "cost_minor = 5\n"), 7, "orders earn nothing"),
        (
            changed(UPSELL.replace("on_the", 'likely_to_buy", "on_the'), "cost_minor = 5\n"),
            4,
            "costs money, and a likely",
        ),
        (changed(UPSELL, "min_cart_minor = 9\n", "[actions.when]\nmax_cart_minor = 8\n"), 11, "so no cart fits."),
        (COUNTED.replace("{count}", "Many"), 7, "title must say {count} where the number goes."),
        (COUNTED + "at_least = 3\n", 8, "at_least must be between 5 and 1000, is 3."),
        (
            UPSELL.replace('url = "https://shop.example/p/filter"\n', ""),
            5,
            'pick = "this" needs the url of its product',
        ),
        (UPSELL + 'pick = "popular"\n', 8, "url is ignored beside pick = 'popular': it comes from your catalogue"),
        (UPSELL + "price_minor = 900\n", 5, "a price needs both price_minor and currency; currency is missing."),
        (FREE_SHIPPING.replace('by = "code", code', 'by = "pool", pool'), 8, "pool must be small letters"),
    ],
)
def test_an_action_that_cannot_come_true_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    [(number, message)] = mistakes(text)
    assert said in message
    assert number == line


@pytest.mark.parametrize(
    "text",
    [
        changed(FREE_SHIPPING, "deadline_minutes = 15\nbudget_minor_per_day = 900\n"),
        changed(FREE_SHIPPING, "cost_minor = 500\nbudget_minor_per_day = 500\n"),
        changed(UPSELL, "cost_minor = 5\nbudget_minor_per_day = 900\n"),
        changed(UPSELL.replace('url = "https://shop.example/p/filter"', 'pick = "also_bought"')),
        COUNTED,
    ],
)
def test_an_action_that_can_is_taken(text: str) -> None:
    assert isinstance(parse_rules(text).actions[0], ActionRule)


@pytest.mark.parametrize("words", ["Hurry!", "Your last chance", "Only today!", "Only 3 left", "Don't miss it"])
def test_wording_that_presses_is_said_and_not_refused(words: str) -> None:
    [hint] = hints_of(parse_rules(FREE_SHIPPING.replace("Free shipping", words)).actions)
    assert hint.startswith("action 'free-shipping': title presses the shopper")


def test_a_decline_that_shames_is_said() -> None:
    text = FREE_SHIPPING + 'decline = "No, I prefer to pay full price"\n'
    assert ["shames who says no" in hint for hint in hints_of(parse_rules(text).actions)] == [True]


def test_a_discount_whose_cost_nobody_named_is_said() -> None:
    text = UPSELL + 'honour = { by = "callback" }\n'
    assert "weighed as if it were free" in hints_of(parse_rules(text).actions)[0]
    assert hints_of(parse_rules(changed(text, "cost_share = 0.1\n")).actions) == []


@pytest.mark.parametrize("words", ["Free shipping on this order", "Questions? Ask us", "A letter a month, no more"])
def test_calm_wording_brings_no_hint(words: str) -> None:
    assert hints_of(parse_rules(FREE_SHIPPING.replace("Free shipping", words)).actions) == []

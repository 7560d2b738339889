"""Shapes, slots and the look in a rules file: what cannot be drawn or must not be is refused; what reads badly is said."""

import pytest

from core.actions import shape_of
from core.rules_hints import hints_of
from core.rules_text import RulesRefused, parse_rules
from tests.merchant.texts import FREE_SHIPPING

GUIDE = """
[[actions]]
id = "guide"
segments = ["on_the_fence"]
[actions.action]
type = "content"
title = "How to choose"
url = "https://shop.example/guide"
"""
EARLY = "[pacing]\nafter_page_views = 1\n"
MODAL = GUIDE + 'shape = "modal"\n'


def refusal(text: str) -> str:
    with pytest.raises(RulesRefused) as caught:
        parse_rules(text, "rules.toml")
    [(_, sentence)] = caught.value.mistakes
    return sentence


def shape(line: str, text: str = GUIDE) -> str:
    return shape_of(parse_rules(text + line).actions[0].action)


# shows: G8
def test_each_type_has_its_usual_shape_and_a_slot_means_inline() -> None:
    assert shape("") == "card"
    assert shape("", FREE_SHIPPING) == "bar"
    assert shape('slot = "beside-price"\n') == "inline"
    assert shape('shape = "modal"\n') == "modal"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GUIDE + 'shape = "inline"\n', "slot does not say in which"),
        (GUIDE + 'shape = "card"\nslot = "beside"\n', "slot is ignored beside shape = 'card'"),
        (GUIDE + 'shape = "popup"\n', "shape cannot be 'popup'"),
        (GUIDE + 'slot = "two words"\n', "slot must be one word"),
        (EARLY + MODAL, "could cover the page on which a shopper lands from a search"),
        (EARLY + MODAL + '[actions.when]\nsources = ["organic_search", "email"]\n', "avoid intrusive interstitials"),
        ('[look]\naccent = "teal"\n', "accent must be a colour such as #1a5fb4, is 'teal'."),
        ('[look]\nlocale = "pt_BR"\n', "locale must be a language such as en, pt or pt-BR"),
        ('[look]\ncorner = "middle"\n', "corner cannot be 'middle'"),
        ("[look]\nradius = 80\n", "radius must be between 0 and 32, is 80."),
        (GUIDE.replace("How to choose", "{points} points"), "says {points}, and nothing tells how many"),
        (
            GUIDE.replace("content", "satisfaction").replace('url = "https://shop.example/guide"', "")
            + 'honour = { by = "callback" }\n',
            "an answer that is paid for is no answer",
        ),
        (FREE_SHIPPING.replace("free_shipping", "incentive").replace("honour", "# honour"), "who honours it"),
    ],
)
def test_what_cannot_be_drawn_or_must_not_be_is_refused(text: str, said: str) -> None:
    assert said in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        MODAL,
        EARLY + MODAL + '[actions.when]\nsources = ["email"]\n',
        EARLY + MODAL + "[actions.when]\nvisits = { product = 2 }\n",
        EARLY + GUIDE,
    ],
)
def test_a_modal_that_meets_no_landing_from_a_search_is_taken(text: str) -> None:
    assert parse_rules(text).actions


@pytest.mark.parametrize(
    ("look", "said"),
    [
        ('text = "#999999"', "has a contrast of 2.8"),
        ('surface = "#111111"\ntext = "#333"', "has a contrast of 1.5"),
        ('accent = "#ffeeaa"', "can hardly be told from surface #ffffff"),
    ],
)
def test_colours_that_read_badly_are_said_and_not_refused(look: str, said: str) -> None:
    rules = parse_rules(f"[look]\n{look}\n")
    [hint] = hints_of(rules.actions, rules.look)
    assert said in hint


def test_colours_that_read_well_bring_no_hint() -> None:
    rules = parse_rules('[look]\naccent = "#0b5d4e"\nsurface = "#fffdf8"\ntext = "#222222"\n')
    assert hints_of(rules.actions, rules.look) == []


# shows: G5
@pytest.mark.parametrize("words", ["Yours until midnight", "Valid for the next 2 hours", "The offer ends on Sunday"])
def test_an_end_that_is_only_written_down_is_said(words: str) -> None:
    text = FREE_SHIPPING.replace("Free shipping", words)
    [hint] = hints_of(parse_rules(text).actions)
    assert "names an end" in hint
    kept = text.replace("[actions.action]", "deadline_minutes = 60\n[actions.action]")
    assert hints_of(parse_rules(kept).actions) == []

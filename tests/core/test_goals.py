"""A goal is any event with the properties that the merchant names; and a goal that can never come true is refused with its line."""

import pytest

from core import events as ev
from core.errors import ConfigError
from core.fields import Item
from core.goals import properties_of, reaches
from core.rules import Goal, Property
from core.rules_text import parse_rules

SIGNED_UP = ev.Custom(seq=1, at_ms=0, name="newsletter", amount=3, label="footer")
LOOKED = ev.ViewItem(seq=1, at_ms=0, items=(Item("sku-1", category="lamps"), Item("sku-2", category="bulbs")))


# shows: E3
@pytest.mark.parametrize(
    ("event", "where", "is_reached"),
    [
        (SIGNED_UP, {}, True),
        (SIGNED_UP, {"name": "newsletter"}, True),
        (SIGNED_UP, {"name": "newslett"}, False),
        (SIGNED_UP, {"name": ("poll", "newsletter")}, True),
        (SIGNED_UP, {"name": ("poll",)}, False),
        (SIGNED_UP, {"amount": 3}, True),
        (SIGNED_UP, {"amount": 4}, False),
        (SIGNED_UP, {"name": "newsletter", "label": "popup"}, False),
        (ev.Custom(seq=1, at_ms=0, name="newsletter"), {"amount": 0}, False),
        (ev.Scroll(seq=1, at_ms=0, percent=80), {"percent": 75}, True),
        (ev.PageView(seq=1, at_ms=0, page_type="product", path="/p/1"), {"path": "/p/1"}, True),
        (LOOKED, {"item_id": "sku-2"}, True),
        (LOOKED, {"category": ("bulbs", "shades")}, True),
        (LOOKED, {"item_id": "sku-3"}, False),
    ],
)
def test_every_property_must_be_as_it_is_named(event: ev.Event, where: dict[str, Property], is_reached: bool) -> None:
    assert reaches(Goal(event=ev.name_of(event), where=where), event) is is_reached


def test_another_event_with_the_same_properties_is_no_success() -> None:
    click = ev.Click(seq=1, at_ms=0, name="newsletter")
    assert not reaches(Goal(event="custom", where={"name": "newsletter"}), click)


@pytest.mark.parametrize("kind", ev.NAME_BY_TYPE)
def test_nothing_that_names_a_moment_or_an_offer_can_be_asked_for(kind: type[ev.Event]) -> None:
    asked = properties_of(kind)
    assert not {"seq", "at_ms", "items", "decision_id"} & set(asked)
    assert set(asked.values()) <= {str, int, bool}


def test_what_can_be_asked_of_an_event_are_its_own_fields() -> None:
    assert properties_of(ev.Custom) == {"name": str, "amount": int, "label": str}
    assert properties_of(ev.AddToCart) == {"currency": str, "value_minor": int, "item_id": str, "category": str}
    assert properties_of(ev.PageView)["is_new_visitor"] is bool


@pytest.mark.parametrize(
    ("event", "where", "said"),
    [
        ("custom", 'nmae = "newsletter"', "Did you mean 'name'?"),
        ("custom", "name = 3", "name of 'custom' is text"),
        ("scroll", 'percent = "75"', "percent of 'scroll' is a number"),
        ("scroll", "percent = true", "percent of 'scroll' is a number"),
        ("custom", "name = []", "can never be reached"),
        ("custom", 'name = ""', "can never be reached"),
        ("tab_hidden", 'name = "x"', "It has none."),
    ],
)
def test_a_filter_that_can_never_fit_is_refused_with_its_line(event: str, where: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"Next:|Did you mean") as caught:
        parse_rules(f'[goals.mine]\nevent = "{event}"\nwhere = {{ {where} }}\n')
    assert said in str(caught.value)
    assert "3:" in str(caught.value)


def test_a_filter_is_part_of_what_the_rules_are() -> None:
    with_one, without = (parse_rules(f'[goals.a]\nevent = "custom"\n{w}') for w in ('where = { name = "x" }\n', ""))
    assert with_one.goals["a"].where == {"name": "x"}
    assert with_one != without


@pytest.mark.parametrize("value", ["1.5", "{ a = 1 }", "[1, 2]", "2026-01-01"])
def test_a_filter_by_something_else_is_refused_once_and_in_words(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_rules(f'[goals.mine]\nevent = "custom"\nwhere = {{ name = {value} }}\n')
    assert str(caught.value).count("must be text, a number, true or false, or a list of texts") == 1

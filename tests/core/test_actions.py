"""What an action becomes on its way to the page: its shape, its amounts, its points, and the merchant's look beside it."""

import msgspec

from core import events as ev
from core.actions import Content, FreeShipping, Loyalty, Satisfaction, Store, StoreFinder, Texts, params_of
from core.look import Look, contrast, look_params
from core.wire import Unreadable, decode_event

URL = "https://shop.example/x"


def test_an_offer_carries_no_keys_that_say_nothing() -> None:
    params = params_of(
        StoreFinder(title="Near you", url=URL, stores=(Store(name="A", address="B"),)), cart_minor=0, currency=""
    )
    assert params["stores"] == [{"name": "A", "address": "B", "hours": ""}]
    assert {"honour", "texts"} & set(params) == set()
    assert params["shape"] == "card"


def test_texts_in_other_languages_travel_as_far_as_they_say_something() -> None:
    action = Content(title="Hello", url=URL, texts={"pt": Texts(title="Olá")})
    assert params_of(action, cart_minor=0, currency="")["texts"] == {"pt": {"title": "Olá"}}


def test_points_are_those_of_the_cart_and_whole() -> None:
    action = Loyalty(title="{points} points", url=URL, minor_per_point=250)
    assert params_of(action, cart_minor=1999, currency="EUR")["points"] == 7
    assert "points" not in params_of(Loyalty(title="Join", url=URL), cart_minor=1999, currency="EUR")


def test_the_amount_to_go_ends_at_nothing() -> None:
    action = FreeShipping(title="Free", threshold_minor=5000)
    assert params_of(action, cart_minor=1250, currency="EUR")["to_go_minor"] == 3750
    assert params_of(action, cart_minor=9000, currency="EUR")["to_go_minor"] == 0


def test_of_the_look_only_what_differs_travels() -> None:
    assert look_params(Look()) == {}
    assert look_params(Look(accent="#0b5d4e", radius=4, currency="EUR")) == {"accent": "#0b5d4e", "radius": 4}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#ffffff") == 21
    assert round(contrast("#767676", "#fff"), 2) == 4.54
    assert contrast("#abc", "#aabbcc") == 1


def test_an_answer_is_a_number_from_one_to_five_and_nothing_else() -> None:
    answered = ev.ActionSubmitted(seq=1, at_ms=1, decision_id="0" * 16, action_id="q", answer=4)
    assert decode_event(ev.encode_event(answered)) == answered
    older = msgspec.msgpack.encode([30, 1, 1, "0" * 16, "q"])
    assert decode_event(older) == msgspec.structs.replace(answered, answer=None)
    for wrong in (0, 6, 4.5, "4", "I hated it"):
        told = decode_event(msgspec.msgpack.encode([30, 1, 1, "0" * 16, "q", wrong]))
        assert isinstance(told, Unreadable)
        assert told.reason == "invalid_answer"
    assert Satisfaction(title="How is it?").needs_honour is False

"""A merchant's rules file: what it says, and every mistake in words with its line."""

import re

import pytest

from core.actions import ACTION_TYPES, ByCode, FreeShipping
from core.errors import ConfigError
from core.rules import ActionRule, Rules
from core.rules_hints import page_hints
from core.rules_template import NEW_SITE_RULES
from core.rules_text import RulesRefused, check_rules_for_site, parse_rules
from tests.merchant.texts import FREE_SHIPPING, NEWSLETTER


def refusal(text: str) -> str:
    with pytest.raises(RulesRefused) as caught:
        parse_rules(text, "rules.toml")
    return str(caught.value)


def test_the_text_becomes_the_rules_that_it_says() -> None:
    rules = parse_rules("[pacing]\nquiet_ms = 9000\n" + FREE_SHIPPING)
    action = FreeShipping(title="Free shipping", honour=ByCode(code="FREESHIP"))
    assert rules.actions == (ActionRule(id="free-shipping", segments=("on_the_fence",), action=action),)
    assert rules.pacing.quiet_ms == 9000


def test_an_empty_file_is_the_default_rules_with_a_holdout_and_no_action() -> None:
    assert parse_rules("") == Rules()
    assert Rules().arms.holdout_share == 0.1


def test_a_new_site_starts_with_the_defaults() -> None:
    assert parse_rules(NEW_SITE_RULES) == Rules()


def test_every_example_that_a_new_sites_file_holds_works_when_it_is_uncommented() -> None:
    text = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", NEW_SITE_RULES)
    assert [rule.id for rule in parse_rules(text).actions] == [
        "free-shipping",
        "newsletter",
        "guide",
        "filter",
        "goes-with-it",
        "first-order",
        "found-it",
        "help",
    ]


def test_a_typo_is_named_with_file_line_and_the_nearest_word() -> None:
    assert refusal("[pacing]\n\nquite_ms = 5000\n") == "rules.toml:3: unknown key 'quite_ms'. Did you mean 'quiet_ms'?"


def test_every_mistake_is_reported_in_the_order_of_the_file() -> None:
    text = '[pacing]\ngap_ms = "5s"\n[arms]\nholdout_share = 1.5\n[goals.order]\nevent = "purchse"\n'
    assert refusal(text).splitlines() == [
        "rules.toml:2: gap_ms must be a whole number, is '5s'.",
        "rules.toml:4: holdout_share must be between 0 and 1, is 1.5.",
        "rules.toml:6: unknown event 'purchse'. Did you mean 'purchase'?",
    ]


def test_a_mistake_in_the_second_action_has_the_second_actions_line() -> None:
    second = FREE_SHIPPING.replace("free-shipping", "other").replace("title", "tytle")
    said = refusal(FREE_SHIPPING + second).splitlines()
    assert "rules.toml:15: unknown key 'tytle'. Did you mean 'title'?" in said
    assert "rules.toml:13: action lacks 'title'. Next: add a line `title = ...` to it." in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[pacng]\n", "1: unknown key 'pacng'. Did you mean 'pacing'?"),
        ('site_id = "other"\n', "1: 'site_id' is set by the server and not by this file."),
        ('holdout_salt = "mine"\n', "1: 'holdout_salt' is set by the server and not by this file."),
        ('version = "1"\n', "1: 'version' is set by the server and not by this file."),
        ("[arms]\nholdout_share = 0\n", "2: without a holdout no lift can be shown"),
        ('[arms]\nholdout_share = 0.0\nno_holdout_because = "  "\n', "2: without a holdout no lift can be shown"),
        ("[arms]\nholdout_share = nan\n", "2: holdout_share must be between 0 and 1, is nan."),
        ("[arms]\nholdout_share = true\n", "2: holdout_share must be a number, is true."),
        ("[pacing]\nquiet_ms = 100\n", "2: quiet_ms must be between 5000 and 600000, is 100."),
        ("[pacing]\nquiet_ms = 2026-01-01\n", "2: quiet_ms must be a whole number, is the date 2026-01-01."),
        ("pacing = 3\n", "1: pacing must be a table of keys, is 3."),
        ("[actions]\n", "1: actions are several. Next: write [[actions]] in double brackets over each."),
        (
            '[[actions]]\nid = "a"\nsegments = ["on_the_fence"]\n',
            "1: action number 1 lacks 'action'. Next: add a table [ac",
        ),
        ("actions = 3\n", "1: actions must be a list in [ ], is 3."),
        ("[goals]\n", "1: no goal is left to measure by."),
        ('[goals.click]\nevent = "action_clicked"\n', "2: 'action_clicked' happens only where an offer is shown"),
        ('[goals.look]\nevent = "click"\nmin_value_minor = 5\n', "3: 'click' carries no money"),
        ('[goals."My goal"]\nevent = "purchase"\n', "1: My goal must be small letters, digits"),
        (
            "[segments]\nlikely_to_buy_at = 0.1\n",
            "2: likely_to_buy_at (0.1) must be greater than on_the_fence_at (0.15), else nobody is on the fence.",
        ),
        ("[pacing]\nquiet_ms = \n", "2: this is not TOML: invalid value."),
        ('[a]\nb = "unfinished\n', "2: this is not TOML: "),
        ("[pacing]\n[pacing]\n", "2: this is not TOML: cannot declare"),
    ],
)
def test_a_mistake_is_said_in_words(text: str, said: str) -> None:
    assert f"rules.toml:{said}" in refusal(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("free_shipping", "free_shiping", "unknown action type 'free_shiping'. Did you mean 'free_shipping'?"),
        ('type = "free_shipping"\n', "", f"action lacks 'type'. Valid: {', '.join(ACTION_TYPES)}."),
        ("on_the_fence", "on_fence", "segments cannot be 'on_fence'. Did you mean 'on_the_fence'?"),
        ('["on_the_fence"]', "[]", "segments must name at least 1, is empty."),
        ('["on_the_fence"]', '["likely_to_buy"]', "a likely_to_buy shopper is never given a discount."),
        ('"Free shipping"', '""', "title must not be empty."),
        ('"Free shipping"', f'"{"x" * 81}"', "title must be at most 80 characters long, has 81."),
        ('"Free shipping"', '"a\\u0000b"', "title holds a control character."),
        ("FREESHIP", "free ship!", "code must be letters, digits, '-' and '_' only, is 'free ship!'."),
        ("FREESHIP", "FREESHIP\\n", "code holds a control character."),
        ('by = "code"', 'by = "cod"', "unknown honour by 'cod'. Did you mean 'code'?"),
        ("[actions.action]", 'trigger = "exit"\n[actions.action]', "trigger cannot be 'exit'."),
        ("[actions.action]", 'title = "x"\n[actions.action]', "It belongs below, in [actions.action]."),
        ("title =", 'pages = ["home"]\ntitle =', "It belongs above, in [[actions]]."),
        ("[actions.action]", 'pages = ["payment"]\n[actions.action]', "can never show"),
        ("[actions.action]", "is_on = 1\n[actions.action]", "is_on must be true or false, is 1."),
        ('"free-shipping"', '"Free Shipping"', "id must be small letters"),
    ],
)
def test_a_mistake_in_an_action_is_said_in_words(old: str, new: str, said: str) -> None:
    assert old in FREE_SHIPPING
    assert said in refusal(FREE_SHIPPING.replace(old, new))


def test_an_offer_that_nobody_honours_is_refused_and_the_four_ways_are_named() -> None:
    text = FREE_SHIPPING.replace('honour = { by = "code", code = "FREESHIP" }\n', "")
    said = refusal(text)
    assert "does not say who honours it" in said
    assert all(f'by = "{way}"' in said for way in ("code", "pool", "url", "callback"))


@pytest.mark.parametrize(
    "way",
    [
        'by = "code", code = "A"',
        'by = "pool", pool = "spring"',
        'by = "url", url = "https://a.example/x"',
        'by = "callback"',
    ],
)
def test_each_of_the_four_ways_to_honour_an_offer_is_taken(way: str) -> None:
    assert parse_rules(FREE_SHIPPING.replace('by = "code", code = "FREESHIP"', way)).actions


def test_an_upsell_may_be_shown_to_a_sure_buyer_and_a_discounted_one_may_not() -> None:
    upsell = FREE_SHIPPING.replace("free_shipping", "upsell").replace("on_the_fence", "likely_to_buy")
    full_price = re.sub("honour = .*", 'url = "https://shop.example/p/1"', upsell)
    assert parse_rules(full_price).actions[0].segments == ("likely_to_buy",)
    assert "never given a discount" in refusal(upsell + 'url = "https://shop.example/p/1"\n')


def test_two_actions_of_one_id_are_refused() -> None:
    assert "'free-shipping' is the id of action number 1 already" in refusal(FREE_SHIPPING + FREE_SHIPPING)


def test_no_holdout_is_possible_with_a_reason() -> None:
    text = '[arms]\nholdout_share = 0\nno_holdout_because = "Too little traffic; measured elsewhere."\n'
    assert parse_rules(text).arms.holdout_share == 0


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://shop.example/x", "/newsletter", "data:text/html,x"])
def test_an_address_that_is_not_http_is_refused(url: str) -> None:
    assert "form_url must be an address that begins with https:// or http://" in refusal(
        NEWSLETTER.format(form_url=url)
    )


@pytest.mark.parametrize(
    "form_url",
    [
        "https://fc.example/newsletter",
        "https://FC.example:443/newsletter",
        "https://shop.example/_fc/v1/events",
        "http://shop.example/newsletter",
        "https://[half/newsletter",
    ],
)
def test_a_form_that_would_bring_an_address_to_us_or_in_the_open_is_refused(form_url: str) -> None:
    text = NEWSLETTER.format(form_url=form_url)
    with pytest.raises(ConfigError, match=r"^rules.toml:9: form_url"):
        check_rules_for_site(
            text,
            parse_rules(text),
            origins=["https://shop.example"],
            our_base_url="https://fc.example",
            file="rules.toml",
        )


@pytest.mark.parametrize("our_base_url", ["https://fc.example", "https://shop.example"])
def test_the_shops_own_form_is_fine_also_where_our_server_shares_its_host(our_base_url: str) -> None:
    text = NEWSLETTER.format(form_url="https://shop.example/newsletter")
    rules = parse_rules(text)
    check_rules_for_site(text, rules, origins=["https://shop.example"], our_base_url=our_base_url)
    assert len(rules.actions) == 1


def test_a_page_type_that_looks_misspelt_is_said_and_not_refused() -> None:
    text = FREE_SHIPPING.replace("[actions.action]", 'pages = ["prodoct", "lookbook"]\n[actions.action]')
    assert page_hints(parse_rules(text).actions) == [
        "page type 'prodoct' is not one that the tracker finds by itself. Did you mean 'product'?"
    ]

"""Variants of the rules: dealt once, by hash, as written, and never mixed."""

from collections import Counter

import pytest
from msgspec.structs import replace

from core.actions import Content
from core.assignment import assign
from core.errors import ConfigError
from core.experiments import deal, rules_for
from core.rules import ActionRule, Rules, bind
from core.rules_text import parse_rules
from core.variants import Dealt, Experiment, Variant

SESSIONS = [i.to_bytes(16, "big") for i in range(8000)]
GUIDE = ActionRule(
    id="guide", segments=("on_the_fence",), action=Content(title="How to", url="https://shop.example/how")
)
WORDS = Experiment(
    variants={"a": Variant(share=0.5), "b": Variant(share=0.5, actions={"guide": {"action": {"title": "Lost?"}}})}
)
CALM = Experiment(
    variants={"as-it-is": Variant(share=0.8), "calm": Variant(share=0.2, pacing={"quiet_ms": 20000, "gap_ms": 90000})}
)


def under(**experiments: Experiment) -> Rules:
    return bind(Rules(actions=(GUIDE,), experiments=experiments), site_id="shop", holdout_salt="salt")


# shows: H1
def test_variants_are_dealt_in_their_shares_apart_from_the_arms_and_from_each_other() -> None:
    rules = under(words=WORDS, pace=CALM)
    dealt = [{each.experiment: each for each in deal(rules, session)} for session in SESSIONS]
    counts = Counter((each["words"].variant, each["pace"].variant) for each in dealt)
    for (word, pace), count in counts.items():
        share = 0.5 * {"as-it-is": 0.8, "calm": 0.2}[pace]
        assert count / len(SESSIONS) == pytest.approx(share, abs=0.02), (word, pace)
    held = [assign(rules, session).arm == "holdout" for session in SESSIONS]
    in_b = [each["words"].variant == "b" for each in dealt]
    assert sum(h and b for h, b in zip(held, in_b, strict=True)) / sum(held) == pytest.approx(0.5, abs=0.05)
    assert {each["pace"].share for each in dealt} == {0.8, 0.2}


def test_a_variant_says_what_is_other_and_leaves_the_rest() -> None:
    rules = under(words=WORDS, pace=CALM)
    varied = rules_for(rules, (Dealt("words", "1", "b", 0.5), Dealt("pace", "1", "calm", 0.2)))
    assert varied.actions[0] == replace(GUIDE, action=replace(GUIDE.action, title="Lost?"))
    assert varied.pacing == replace(rules.pacing, quiet_ms=20000, gap_ms=90000)
    assert (varied.version, varied.arms, varied.goals) == (rules.version, rules.arms, rules.goals)
    assert rules_for(rules, (Dealt("words", "1", "a", 0.5),)).actions == rules.actions
    assert rules.actions == (GUIDE,)


@pytest.mark.parametrize(
    "dealt",
    [
        Dealt("words", "0", "b", 0.5),
        Dealt("gone", "1", "b", 0.5),
        Dealt("words", "1", "gone", 0.5),
    ],
)
def test_what_was_dealt_in_another_run_changes_nothing(dealt: Dealt) -> None:
    rules = under(words=WORDS)
    assert rules_for(rules, (dealt,)) is rules


def test_a_new_run_deals_every_visit_anew() -> None:
    first, second = under(words=WORDS), under(words=replace(WORDS, run="2"))
    same = sum(deal(first, s)[0].variant == deal(second, s)[0].variant for s in SESSIONS)
    assert same / len(SESSIONS) == pytest.approx(0.5, abs=0.02)


def test_an_experiment_that_is_off_and_a_preview_deal_nothing() -> None:
    assert deal(under(words=replace(WORDS, is_on=False)), SESSIONS[0]) == ()
    assert deal(replace(under(words=WORDS), preview="guide"), SESSIONS[0]) == ()


BASE = """
[[actions]]
id = "guide"
segments = ["on_the_fence"]
[actions.action]
type = "content"
title = "How to"
url = "https://shop.example/how"
"""
PAIR = "[experiments.words.variants.a]\nshare = 0.5\n[experiments.words.variants.b]\nshare = 0.5\n"


def test_a_file_with_an_experiment_is_read() -> None:
    rules = parse_rules(BASE + PAIR + "[experiments.words.variants.b.actions.guide.action]\ntitle = 'Lost?'\n")
    assert rules_for(rules, (Dealt("words", "1", "b", 0.5),)).actions[0].action.title == "Lost?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[experiments.words.variants.a]\nshare = 1.0\n", "at least two variants"),
        (PAIR.replace("0.5", "0.4"), "make 0.8 and must make 1"),
        (PAIR + "[experiments.words.variants.b.actions.gide]\nmin_cart_minor = 5\n", "Did you mean 'guide'"),
        (
            PAIR + "[experiments.words.variants.b.actions.guide]\nid = 'other'\n",
            "'id' of 'guide' is the same in every variant",
        ),
        (
            PAIR + "[experiments.words.variants.b.actions.guide.action]\ntype = 'upsell'\n",
            "'type' of 'guide' is the same",
        ),
        (
            PAIR + "[experiments.words.variants.b.actions.guide.action]\ntitel = 'x'\n",
            "in this variant unknown key 'titel'",
        ),
        (PAIR + "[experiments.words.variants.b.pacing]\nquiet_ms = 1\n", "in this variant quiet_ms must be between"),
        (PAIR + "[experiments.words.variants.b.segments]\non_the_fence_at = 0.9\n", "in this variant likely_to_buy_at"),
        (PAIR + "[experiments.words.variants.b.arms]\nholdout_share = 0\n", "unknown key 'arms'"),
        (
            PAIR
            + PAIR.replace("words", "more")
            + "".join(f"[experiments.{e}.variants.b.pacing]\ngap_ms = 1000\n" for e in ("words", "more")),
            "both change [pacing]",
        ),
    ],
)
def test_a_mistake_in_an_experiment_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_rules(BASE + text, "rules.toml")
    assert said in str(refused.value)
    assert str(refused.value).startswith("rules.toml:")
    assert len(str(refused.value).splitlines()) == 1


def test_of_a_file_with_other_mistakes_each_is_said_once() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_rules(BASE.replace("on_the_fence", "on_the_fense") + PAIR)
    assert len(str(refused.value).splitlines()) == 1

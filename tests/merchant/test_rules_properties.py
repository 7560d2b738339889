"""Any rules that can be written are read back as they were, and no text brings anything but a ConfigError."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.actions import ByCallback, ByCode, ByUrl, Content, EmailCapture, FreeShipping, Honour, Upsell
from core.errors import ConfigError
from core.events import ACTION_EVENTS, COMMERCE_EVENTS, NAME_BY_TYPE
from core.rules import ActionRule, Arms, Goal, Pacing, Rules, Segments
from core.rules_text import RulesRefused, parse_rules
from core.toml_lines import lines_of
from tests.merchant.texts import FREE_SHIPPING, as_toml

ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
texts = st.text(letters, max_size=200)
titles = st.text(letters, min_size=1, max_size=80)
labels = st.text(letters, min_size=1, max_size=40)
urls = st.from_regex(r"https?://[a-z]{1,20}\.example/[a-z0-9/?=&-]{0,40}", fullmatch=True)
minor = st.integers(0, 10**12)
shares = st.floats(0, 1)

code: st.SearchStrategy[Honour] = st.builds(ByCode, code=st.from_regex(r"[A-Z0-9_-]{1,40}", fullmatch=True))
honours: st.SearchStrategy[Honour] = st.one_of(code, st.builds(ByUrl, url=urls), st.just(ByCallback()))
words = {"title": titles, "text": texts, "button": labels, "decline": labels}
actions = st.one_of(
    st.builds(FreeShipping, **words, honour=honours, threshold_minor=minor, terms_url=st.none() | urls),
    st.builds(EmailCapture, **words, form_url=urls, consent=st.just("For our letter."), honour=st.none() | honours),
    st.builds(Content, **words, url=urls),
    st.builds(Upsell, **words, url=urls, price_minor=minor, currency=st.sampled_from(["EUR", "USD"])),
)
rules_of_actions = st.builds(
    ActionRule,
    id=ids,
    action=actions,
    segments=st.sampled_from([("on_the_fence",), ("unlikely_to_buy", "on_the_fence")]),
    pages=st.sampled_from([(), ("home",), ("cart", "product")]),
    trigger=st.sampled_from(["pause", "exit_intent"]),
    is_on=st.booleans(),
)
money_events = st.sampled_from([NAME_BY_TYPE[kind] for kind in COMMERCE_EVENTS])
other_events = st.sampled_from([name for kind, name in NAME_BY_TYPE.items() if kind not in ACTION_EVENTS])
goals = st.builds(Goal, event=money_events, min_value_minor=minor) | st.builds(Goal, event=other_events)
thresholds = st.lists(shares, min_size=2, max_size=2, unique=True).map(sorted)
all_rules = st.builds(
    Rules,
    goals=st.dictionaries(ids, goals, min_size=1, max_size=4),
    segments=thresholds.map(lambda pair: Segments(on_the_fence_at=pair[0], likely_to_buy_at=pair[1])),
    pacing=st.builds(Pacing, quiet_ms=st.integers(5000, 600_000), valid_ms=st.integers(500, 120_000)),
    arms=st.builds(Arms, holdout_share=st.floats(0.001, 1), experiment=ids, control_share=shares),
    actions=st.lists(rules_of_actions, max_size=4, unique_by=lambda rule: rule.id).map(tuple),
)


@given(all_rules)
def test_any_rules_written_as_toml_are_read_back_equal(rules: Rules) -> None:
    assert parse_rules(as_toml(rules)) == rules


@given(st.text() | st.text("[]{}=\".#\n'\\ abc01-_,", max_size=60))
@example("a=" + "[" * 3000)
@example("a=" + "[" * 3000 + "]" * 3000)
@example("a." * 3000 + "b=1")
@example("[pacing]\nquiet_ms = " + "9" * 5000)
@example("[pacing]\nquiet_ms = 0x" + "f" * 5000)
@example("[arms]\nholdout_share = 1e999")
@example("\ud800")
@example("x" * 300_000)
def test_no_text_brings_anything_but_rules_or_a_config_error(text: str) -> None:
    try:
        outcome: object = parse_rules(text, "rules.toml")
    except ConfigError as error:
        outcome = error
    assert isinstance(outcome, Rules | ConfigError)


_PIECES = st.sampled_from(
    ["[[actions]]\n", "[actions.action]\n", "[pacing]\n", 'id = "a"\n', "title = 3\n", "x = [1, { y = 2 }]\n",
     'segments = [\n "on_the_fence", # one\n "likely"\n]\n', "a.b.c = 1\n", '"quoted key" = """\nlong "" text\n"""\n',
     "t = '''\nx'''\n", "when = 2026-01-01T00:00:00Z # [not] = a key\n", "[goals.'q.r']\n", 'event = "purchse"\n'],
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12))
def test_pieces_of_rules_in_any_order_never_crash(pieces: list[str]) -> None:
    try:
        outcome: object = parse_rules("".join(pieces), "rules.toml")
    except ConfigError as error:
        outcome = error
    assert isinstance(outcome, Rules | ConfigError)


def test_each_key_has_the_line_on_which_it_stands() -> None:
    text = 'a = 1\n[b]\nc = """\n\n"""\n"d e".f = [\n 1,\n { g = 2 },\n]\n[[h]]\ni = 1\n[h.j]\nk = 1\n[[h]]\nl = "#"\n'
    assert lines_of(text) == {
        ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "d e"): 6, ("b", "d e", "f"): 6,
        ("b", "d e", "f", 0): 7, ("b", "d e", "f", 1): 8, ("b", "d e", "f", 1, "g"): 8,
        ("h",): 10, ("h", 0): 10, ("h", 0, "i"): 11, ("h", 0, "j"): 12, ("h", 0, "j", "k"): 13,
        ("h", 1): 14, ("h", 1, "l"): 15,
    }  # fmt: skip


@given(st.integers(0, 50), st.sampled_from(["", "\r"]))
def test_a_typo_is_found_on_its_line_however_far_down_it_is(above: int, end: str) -> None:
    lines = ["# a comment"] * above + FREE_SHIPPING.replace("title", "tytle").splitlines()
    with pytest.raises(RulesRefused) as caught:
        parse_rules(f"{end}\n".join(lines))
    assert (above + 7, "unknown key 'tytle'. Did you mean 'title'?") in caught.value.mistakes

"""Any rules that can be written are read back as they were, and no text brings anything but a ConfigError."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.rules import Rules
from core.rules_text import RulesRefused, parse_rules
from core.toml_lines import lines_of
from tests.merchant.texts import FREE_SHIPPING, as_toml
from tests.support.rule_files import all_rules


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

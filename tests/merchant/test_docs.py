"""What the merchant's and the operator's pages say is what the program does: walked from the code, not from memory."""

import re
from pathlib import Path

import msgspec
import pytest

from core.actions import ACTION_TYPES, Store, Texts
from core.events import NAME_BY_TYPE
from core.look import Look
from core.pages import PAGE_TYPES
from core.reasons import WORDS
from core.rules import BOUND_FIELDS, ActionRule, Arms, Choosing, Goal, Money, Pacing, Rules, Segments, When
from core.rules_text import parse_rules
from server.settings import Settings

ROOT = Path(__file__).parents[2]
MERCHANT, PRIVACY, OPERATIONS = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("merchant", "privacy", "operations")
)
EXAMPLE = max(re.findall(r"```toml\n(.*?)```", MERCHANT, re.DOTALL), key=len)


def test_the_whole_example_is_a_rules_file_with_one_action_of_each_type() -> None:
    kinds = [type(rule.action) for rule in parse_rules(EXAMPLE).actions]
    assert len(kinds) == len(ACTION_TYPES)
    assert set(kinds) == set(ACTION_TYPES.values())


@pytest.mark.parametrize(
    "part",
    [
        Rules,
        Goal,
        Segments,
        Pacing,
        Arms,
        Money,
        Choosing,
        Look,
        ActionRule,
        When,
        Store,
        Texts,
        *ACTION_TYPES.values(),
    ],
)
def test_every_key_of_a_rules_file_is_explained(part: type[msgspec.Struct]) -> None:
    keys = set(part.__struct_fields__) - set(BOUND_FIELDS)
    assert {key for key in keys if not re.search(rf"\b{key}\b", MERCHANT)} == set()


def test_what_the_example_says_of_defaults_is_so() -> None:
    rules = parse_rules(EXAMPLE)
    assert (rules.segments, rules.pacing, rules.arms) == (Segments(), Pacing(), Arms())
    assert (rules.money, rules.choosing) == (Money(), Choosing())
    first = rules.actions[0]
    assert first == ActionRule(id=first.id, action=first.action, segments=first.segments)


def test_the_example_of_conditions_is_read_as_written() -> None:
    [snippet] = re.findall(r"```toml\n(\[actions\.when\].*?)```", MERCHANT, re.DOTALL)
    when = parse_rules(EXAMPLE + snippet).actions[-1].when
    assert {name for name in When.__struct_fields__ if getattr(when, name) == getattr(When(), name)} == set()


@pytest.mark.parametrize("snippet", re.findall(r"^honour = \{ by .*\}$", MERCHANT, re.MULTILINE))
def test_each_way_to_honour_an_offer_works_as_written(snippet: str) -> None:
    text = re.sub(r"(?m)^honour = .*$", lambda _: snippet, EXAMPLE)
    assert parse_rules(text).actions[0].action.honour is not None


def test_the_page_types_and_reasons_that_are_named_exist() -> None:
    assert " ".join(PAGE_TYPES) in MERCHANT.replace("\n", " ")
    named = re.findall(r"`(\w+)` (?:the shopper|too few|likely|an offer|no action|no model|the last)", MERCHANT)
    assert len(named) > 5
    assert set(named) <= set(WORDS)


def test_every_event_is_on_the_list_of_what_is_collected() -> None:
    assert {name for name in NAME_BY_TYPE.values() if f"`{name}`" not in PRIVACY} == set()


def test_every_name_that_the_tracker_stores_under_is_documented() -> None:
    sources = "\n".join(path.read_text() for path in (ROOT / "tracker_js" / "src").rglob("*.ts"))
    stored = set(re.findall(r"[`'\"](_fc[^`'\"]*)[`'\"]", sources))
    assert "_fc.${site}" in stored
    assert {name for name in stored if f"`{name.replace('${site}', '<site key>')}`" not in PRIVACY} == set()
    for place in ("localStorage", "indexedDB", "document.cookie"):
        assert place not in sources


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", OPERATIONS, re.MULTILINE))
    settings = msgspec.to_builtins(Settings())
    assert {name: _written(value) for name, value in settings.items()} == rows


def _written(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple):
        return f"`{','.join(value)}`"
    if isinstance(value, float) and value.is_integer():
        return f"`{int(value)}`"
    return f"`{value}`" if value != "" else "empty"

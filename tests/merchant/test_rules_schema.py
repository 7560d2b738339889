"""The schema that editors are given says what `check-config` says of a file's shape."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from core.rules import BOUND_FIELDS, Rules
from core.rules_schema import rules_schema
from core.rules_text import RulesRefused, parse_rules
from tests.merchant.texts import FREE_SHIPPING, as_toml
from tests.support.rule_files import all_rules

SCHEMA = rules_schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one_and_can_be_written_as_json() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert "null" not in json.dumps(SCHEMA)


@given(all_rules)
def test_every_file_that_can_be_written_fits_the_schema(rules: Rules) -> None:
    VALIDATOR.validate(tomllib.loads(as_toml(rules)))


@pytest.mark.parametrize(
    "text",
    [
        "[pacng]\n",
        "[pacing]\nquite_ms = 5000\n",
        "[pacing]\nquiet_ms = 10\n",
        FREE_SHIPPING.replace("title", "tytle"),
        FREE_SHIPPING.replace("free_shipping", "free_shiping"),
        FREE_SHIPPING.replace('by = "code"', 'by = "cod"'),
        FREE_SHIPPING + "[actions.when]\nscores = { leaving = { at_least = 0.5 } }\n",
        FREE_SHIPPING + "[actions.when]\nvisits = { lookbook = 2 }\n",
        FREE_SHIPPING + "[actions.when]\nevents = { action_shown = 1 }\n",
        FREE_SHIPPING + "[actions.when]\nhours = [1, 2, 3]\n",
        *(f'{name} = "x"\n' for name in BOUND_FIELDS),
    ],
)
def test_what_check_config_refuses_by_its_shape_the_schema_refuses_too(text: str) -> None:
    with pytest.raises(RulesRefused):
        parse_rules(text)
    assert not VALIDATOR.is_valid(tomllib.loads(text))


def _tables(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema["$defs"].values()]


def test_no_table_takes_a_key_that_nobody_knows() -> None:
    assert all(table["additionalProperties"] is False for table in _tables(SCHEMA))
    assert {name for table in _tables(SCHEMA) for name in table["properties"]} >= {"because", "window_hours", "hours"}
    assert set(SCHEMA["properties"]) == set(Rules.__struct_fields__) - set(BOUND_FIELDS)


def test_a_key_carries_the_words_that_the_code_has_for_it() -> None:
    says = SCHEMA["$defs"]["Pacing"]["properties"]
    assert says["quiet_ms"]["description"] == "after landing."
    assert "deadline_minutes" in SCHEMA["$defs"]["ActionRule"]["properties"]
    assert "Response" not in SCHEMA["$defs"], "what is learned is not the file's to set"

"""The JSON Schema of a rules file, for editors that complete and check TOML while it is typed.

Made from `core.rules`, so that a new key is in it without a line here. What a schema cannot say (`rules_sense`) is left
to `fifthclick check-config`.
"""

import re
from typing import Any, get_args

import msgspec

from core.pages import PAGE_TYPES
from core.rules import BOUND_FIELDS, HeadName, Rules
from core.when_sense import COUNTED_EVENTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NAMED = re.compile(r"`(\w+)`: (.+?)(?=\s`\w+`: |$)", re.DOTALL)
"""A field's own sentences in its class's docstring: "`quiet_ms`: after landing."."""


def rules_schema() -> dict[str, Any]:
    """The schema as JSON values, draft 2020-12. What the server sets by itself is not in it."""
    [whole], parts = msgspec.json.schema_components([Rules], ref_template="#/$defs/{name}")
    assert isinstance(whole, dict)
    described = {name: _described(part) for name, part in parts.items()}
    top = described.pop(whole["$ref"].rpartition("/")[2])
    for name in BOUND_FIELDS:
        del top["properties"][name]
    # Words that a condition may name: an editor offers them.
    asks = described["When"]["properties"]
    asks["scores"]["propertyNames"] = {"enum": list(get_args(HeadName))}
    asks["events"]["propertyNames"] = {"enum": COUNTED_EVENTS}
    asks["visits"]["propertyNames"] = asks["path"]["items"] = {"enum": list(PAGE_TYPES)}
    top["description"] = "What a shop shows, to whom and when. docs/merchant.md explains each key."
    top["title"] = "Fifth Click rules"
    parts_used = {name: described[name] for name in sorted(_reached(top, described))}
    # Once through JSON: defaults are tuples in Python, and lists in a schema.
    schema: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"$schema": DIALECT, **top, "$defs": parts_used}))
    return schema


def _described(part: dict[str, Any]) -> dict[str, Any]:
    """A table's schema with its first sentence, and with what its docstring says of single keys."""
    words = " ".join(part.get("description", "").split())
    says = {name: said.strip() for name, said in _NAMED.findall(words)}
    first = re.split(r"(?<=\.) (?=[A-Z`])", words, maxsplit=1)[0]
    keys = {
        name: {**_for_toml(key), **({"description": says[name]} if name in says else {})}
        for name, key in part.get("properties", {}).items()
    }
    return {**part, "description": first, "properties": keys}


def _for_toml(key: dict[str, Any]) -> dict[str, Any]:
    """A key's schema without null, which TOML cannot say, and without `discriminator`, which is OpenAPI's word."""
    rest = {name: value for name, value in key.items() if name not in ("anyOf", "discriminator") and value is not None}
    if isinstance(rest.get("default"), dict):
        rest["default"] = {name: value for name, value in rest["default"].items() if value is not None}
    choices = [choice for choice in key.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        return {**rest, **choices[0]}
    return {**rest, "anyOf": choices} if choices else rest


def _reached(schema: object, parts: dict[str, dict[str, Any]]) -> set[str]:
    """The names of the parts that this schema refers to, directly or through others."""
    found: set[str] = set()
    waiting = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting.extend(here)
        elif isinstance(here, dict):
            waiting.extend(here.values())
            name = str(here.get("$ref", "")).rpartition("/")[2]
            if name in parts and name not in found:
                found.add(name)
                waiting.append(parts[name])
    return found

"""Rules texts and a writer that the tests share. The writer is for tests: a merchant's file is written by hand."""

import json

import msgspec

from core.rules import BOUND_FIELDS, Rules

FREE_SHIPPING = """
[[actions]]
id = "free-shipping"
segments = ["on_the_fence"]
[actions.action]
type = "free_shipping"
title = "Free shipping"
honour = { by = "code", code = "FREESHIP" }
"""

NEWSLETTER = """
[[actions]]
id = "letter"
segments = ["unlikely_to_buy"]
[actions.action]
type = "email_capture"
title = "Monthly letter"
consent = "For our letter."
form_url = "{form_url}"
"""


def as_toml(rules: Rules) -> str:
    """These rules as a text: every part an inline value, which TOML and JSON write alike but for "=" and null."""
    tree = {key: value for key, value in msgspec.to_builtins(rules).items() if key not in BOUND_FIELDS}
    return "".join(f"{key} = {_value(value)}\n" for key, value in tree.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)} = {_value(inner)}" for key, inner in value.items() if inner is not None)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    # JSON leaves DEL as it is and TOML refuses it; everything else that JSON escapes, TOML reads.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

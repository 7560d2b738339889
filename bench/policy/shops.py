"""Ten simulated shops: the product's own, and others that differ from it by the keys that a file names.

Each table `[shops.NAME]` of the file is laid over `model/simulator/shop.toml` key by key; docs/simulator.md explains the
keys. Another file of the same form measures other shops: `python -m bench policy --shops FILE`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from model.simulator.intents import Parameters
from model.simulator.parameters import DEFAULT_FILE, parameters_of

DEFAULT_SHOPS = Path(__file__).with_name("shops.toml")


def load_shops(file: Path = DEFAULT_SHOPS) -> dict[str, Parameters]:
    """Every shop of the file by its name.

    Raises:
        ConfigError: the file cannot be read, names no shop, or one of them makes no sense; the message names the shop.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8")).get("shops")
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read: {error}. Next: see bench/policy/shops.toml.", file=str(file)) from None
    if not isinstance(tables, dict) or not tables:
        raise ConfigError("names no shop: a table [shops.NAME] is needed.", file=str(file))
    base = tomllib.loads(DEFAULT_FILE.read_text(encoding="utf-8"))
    return {name: parameters_of(_laid_over(base, table), name) for name, table in tables.items()}


def _laid_over(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of weights is replaced as a whole where it is named; every other table key by key."""
    merged = dict(base)
    for key, value in table.items():
        below = merged.get(key)
        is_table = isinstance(value, dict) and isinstance(below, dict) and key not in ("sources", "lands_on")
        merged[key] = _laid_over(below, value) if is_table and isinstance(below, dict) else value
    return merged

"""Write what the tracker shares with the core: tracker_js/src/schema.ts and docs/protocol.md.

`python -m tools.schema` writes them, `--check` says which of them are out of date. The sources are core/events.py,
fields.py, wire.py, pages.py and privacy.py; how a type is worded is in `tools.wording`.
"""

import argparse
import sys
from pathlib import Path

from msgspec import inspect
from msgspec.structs import fields

from core import events, privacy, wire
from core.fields import SESSION_IDLE_MS, Item, ItemId, Slug
from core.fields import Path as PagePath
from core.pages import PAGE_TYPES
from tools.protocol import protocol_page
from tools.wording import is_optional, max_length, typescript

ROOT = Path(__file__).resolve().parent.parent
HEADER = "// Written by `make schema` from core/: edit there.\n"


def schema_ts() -> str:
    """The tracker's copy of the schema, as TypeScript."""
    parts = [HEADER, _constants(), _tags(), _commerce(), _vocabulary(), _event_fields()]
    return "\n".join(parts)


def _constants() -> str:
    values: dict[str, object] = {
        "SUBPROTOCOL": wire.SUBPROTOCOL,
        "PROTOCOL_VERSION": wire.PROTOCOL_VERSION,
        "MAX_BEACON_BYTES": wire.MAX_BEACON_BYTES,
        "SESSION_IDLE_MS": SESSION_IDLE_MS,
        "SLUG_LENGTH": max_length(Slug),
        "ITEM_ID_LENGTH": max_length(ItemId),
        "PATH_LENGTH": max_length(PagePath),
        "MAX_ITEMS": _max_items(),
        "REDACTED": privacy.REDACTED,
        "PERSONAL": "|".join(privacy.PATTERNS.values()),
    }
    return "".join(f"export const {name} = {_literal(value)}\n" for name, value in values.items())


def _max_items() -> int:
    info = next(f for f in inspect.type_info(events.ViewItem).fields if f.name == "items").type  # type: ignore[attr-defined]
    return int(info.max_length)


def _literal(value: object) -> str:
    if not isinstance(value, str):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _tags() -> str:
    lines = ["export const enum Tag {"]
    lines += [f"  {cls.__name__} = {tag}," for tag, cls in sorted(events.TYPE_BY_TAG.items())]
    lines += ["}", "", "export const enum ClientTag {", "  Hello = 1,", "  Events = 2,", "}", ""]
    server = (wire.Ack, wire.ActionFrame, wire.Withdraw, wire.Notice)
    lines += ["export const enum ServerTag {"]
    lines += [f"  {cls.__name__} = {cls.__struct_config__.tag}," for cls in server]
    names = " ".join(events.NAME_BY_TYPE[cls] for _, cls in sorted(events.TYPE_BY_TAG.items()))
    lines += ["}", "", "/** Every event's name, in the order of the tags, which count from 1 without a hole. */"]
    lines.append(f"export const EVENT_NAMES =\n  '{names}'")
    if sorted(events.TYPE_BY_TAG) != list(range(1, len(events.TYPE_BY_TAG) + 1)):
        raise ValueError("the debug box counts tags from 1. Next: give the new event type the next tag")
    return "\n".join([*lines, ""])


def _commerce() -> str:
    """GA4's e-commerce names, in the order of their tags, with the fields that follow currency, value and items."""
    shared = {f.name for f in fields(events.ViewItem)}
    tags = [events.TAG_BY_TYPE[cls] for cls in events.COMMERCE_EVENTS]
    if tags != list(range(tags[0], tags[0] + len(tags))):
        raise ValueError(
            "the tracker counts e-commerce tags from the first. Next: keep them together in core/events.py"
        )
    lines = [
        ",".join([events.NAME_BY_TYPE[cls], *(f.name for f in fields(cls) if f.name not in shared)])
        for cls in events.COMMERCE_EVENTS
    ]
    return (
        "/** GA4's e-commerce names in the order of their tags, each with its own fields after currency, value and items. */\n"
        f"export const COMMERCE =\n  '{' '.join(lines)}'\n"
        f"export const FIRST_COMMERCE_TAG = {tags[0]}\n"
    )


def _vocabulary() -> str:
    names = " | ".join(f"'{name}'" for name in PAGE_TYPES)
    return f"export type PageType = {names}\n"


def _event_fields() -> str:
    lines = [f"export type Item = {_tuple(Item)}", "", "/** An event's fields after tag, seq and at_ms. */"]
    lines += ["export interface EventFields {"]
    for _, cls in sorted(events.TYPE_BY_TAG.items()):
        lines.append(f"  [Tag.{cls.__name__}]: {_tuple(cls, skip=('seq', 'at_ms'))}")
    return "\n".join([*lines, "}", ""])


def _tuple(cls: type, skip: tuple[str, ...] = ()) -> str:
    parts = []
    for field in inspect.type_info(cls).fields:  # type: ignore[attr-defined]
        if field.name not in skip:
            mark = "?" if is_optional(field) else ""
            parts.append(f"{field.name}{mark}: {typescript(field.type)}")
    return f"[{', '.join(parts)}]"


def outputs() -> dict[Path, str]:
    """Each generated file and what it has to hold."""
    return {
        ROOT / "tracker_js" / "src" / "schema.ts": schema_ts(),
        ROOT / "docs" / "protocol.md": protocol_page(),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.schema", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 where a file is out of date")
    args = parser.parse_args(argv)
    stale = [path for path, text in outputs().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        name = path.relative_to(ROOT)
        if args.check:
            print(f"{name} is not what core/ says. Next: run `make schema` and commit it.", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(outputs()[path])
            print(f"wrote {name}")
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

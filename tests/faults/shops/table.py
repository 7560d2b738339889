"""What was done beside what was recognised, by event: performed, recognised, missed, and wrong (told, and not done)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.faults.shops.visit import Told

COUNTED = [
    *("page_view", "view_item_list", "view_item", "search", "add_to_cart", "remove_from_cart", "view_cart"),
    *("begin_checkout", "add_shipping_info", "add_payment_info", "click", "field_left", "section_view"),
]
"""The events that a walk performs. Time and attention (scroll, dwell, idle) have tests of their own."""


def told_by(rows: Iterable[Mapping[str, Any]]) -> Counter[Told]:
    """What Postgres holds of a visit, as a walk writes it down."""
    return Counter(
        (row["event_type"], (row["page_type"] or "") if row["event_type"] == "page_view" else "")
        for row in rows
        if row["event_type"] in COUNTED
    )


def compare(performed: Counter[Told], told: Counter[Told]) -> list[dict[str, Any]]:
    """One row for each event, page views by the kind of page, in the order of `COUNTED`."""
    keys = sorted({*performed, *told}, key=lambda key: (COUNTED.index(key[0]), key[1]))
    return [
        {
            "event": f"{event} {page_type}".strip(),
            "performed": performed[event, page_type],
            "recognised": min(performed[event, page_type], told[event, page_type]),
            "missed": max(0, performed[event, page_type] - told[event, page_type]),
            "wrong": max(0, told[event, page_type] - performed[event, page_type]),
        }
        for event, page_type in keys
    ]


def shown(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown, with a line of sums."""
    names = ["performed", "recognised", "missed", "wrong"]
    total = {"event": "all", **{name: sum(row[name] for row in rows) for name in names}}
    lines = ["| event | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    lines += [f"| {row['event']} | " + " | ".join(str(row[name]) for name in names) + " |" for row in [*rows, total]]
    return "\n".join(lines)

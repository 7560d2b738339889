"""What the figures of all shops say together, and the table that is printed."""

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

BESIDE = ("all", "random", "threshold")
"""The other ways to choose."""

LEAST = 0.005
"""Half a cent in 1,000 sessions: what is nearer to nothing is nothing, whatever the last bits of a sum say."""


def summary_of(by_shop: dict[str, dict[str, Any]]) -> dict[str, Any]:
    def gain(shop: dict[str, Any], policy: str) -> float:
        return float(shop["policies"][policy]["incremental_margin_per_1000"])

    shops = list(by_shop.values())
    ours, best = sum(gain(s, "served") for s in shops), sum(gain(s, "oracle") for s in shops)
    return {
        "below_none": [name for name, s in by_shop.items() if s["policies"]["served"]["high"] < -LEAST],
        **{f"shops_above_{other}": sum(gain(s, "served") > gain(s, other) for s in shops) for other in BESIDE},
        "shops_above_cold": sum(gain(s, "served") >= gain(s, "cold") for s in shops),
        "oracle_share": ours / best if best > 0 else None,
        "sure_buyers_discounted_share": float(
            np.mean([s["policies"]["served"]["sure_buyers_discounted_share"] for s in shops])
        ),
        "offers_per_session": float(np.mean([s["policies"]["served"]["offers_per_session"] for s in shops])),
    }


def print_table(figures: dict[str, Any]) -> None:
    table = Table(title="Margin per 1,000 sessions beside offering nothing, in the shop's currency")
    names = ("served", "cold", *BESIDE, "oracle")
    for heading in ("shop", "nothing earns", *names, "offers", "sure discounted"):
        table.add_column(heading, justify="left" if heading == "shop" else "right")
    for name, shop in figures["shops"].items():
        policies = shop["policies"]
        cells = [_cell(policies[policy]) for policy in names]
        served_row = policies["served"]
        table.add_row(
            name, f"{shop['margin_per_1000']:,.0f}", *cells, f"{served_row['offers_per_session']:.2f}",
            f"{served_row['sure_buyers_discounted_share']:.1%}",
        )  # fmt: skip
    console = Console()
    console.print(table)
    share = figures["oracle_share"]
    console.print(
        f"Above all {figures['shops_above_all']}, random {figures['shops_above_random']}, threshold "
        f"{figures['shops_above_threshold']} of {len(figures['shops'])} shops; below nothing: "
        f"{', '.join(figures['below_none']) or 'none'}; of the oracle's gain "
        f"{'-' if share is None else format(share, '.0%')}; sure buyers given a discount "
        f"{figures['sure_buyers_discounted_share']:.1%}."
    )


def _cell(policy: dict[str, Any]) -> str:
    half = (policy["high"] - policy["low"]) / 2
    return f"{policy['incremental_margin_per_1000']:+,.0f} ±{half:,.0f}"

"""What is printed: the load, the click and the bytes of each tag, then the targets."""

from typing import Any

from rich.console import Console
from rich.table import Table

from bench.tracker.shop import VARIANTS


def print_tables(figures: dict[str, Any], console: Console) -> None:
    table = Table(title="What a tag costs a shop page of 1,500 elements: medians with 95 % intervals")
    for heading in (
        "",
        "load ms",
        "load ms, 4x slower",
        "long tasks",
        "ms a click",
        "ms a second at rest",
        "bytes gz",
        "bytes br",
    ):
        table.add_column(heading, justify="right" if heading else "left")
    for variant in VARIANTS:
        at = [figures["loads"][key][variant] for key in figures["loads"]]
        size = figures["bytes"].get(variant)
        table.add_row(
            {"bare": "nothing"}.get(variant, variant),
            *(_interval(each["script_ms"], 1) for each in at),
            " / ".join(str(each["long_tasks"]) for each in at),
            *(_interval(figures[what][variant], 3) for what in ("clicks", "still_ms_per_s")),
            *(f"{size[how]:,}" if size else "-" for how in ("gzip", "brotli")),
        )
    console.print(table)
    for key, each in figures["load_over_plausible"].items():
        console.print(
            f"load at {key}: {each['ratio']:.2f} times Plausible's ({each['low']:.2f} to {each['high']:.2f}), target 2"
        )
    growth = {name: each["bytes_per_navigation"]["slope"] for name, each in figures["heap"].items()}
    console.print(f"heap: {growth['ours']:.0f} bytes a route, {growth['bare']:.0f} without the tag")
    painted = figures["event_to_paint_ms"]
    console.print(
        f"event to paint: p50 {painted['p50']:.0f} ms, p99 {painted['p99']:.0f} ms over {painted['offers']} offers; "
        f"layout shift {figures['cls']:.4f}"
    )
    for name, is_met in figures["targets"].items():
        console.print(f"  {'holds' if is_met else 'DOES NOT HOLD'}  {name.replace('_', ' ')}")


def _interval(figure: dict[str, Any], digits: int) -> str:
    return f"{figure['median']:.{digits}f} ({figure['low']:.{digits}f}-{figure['high']:.{digits}f})"

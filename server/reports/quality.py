"""Whether the model is right about these visits, click by click, and whether the visits have changed."""

from server.reports import draw
from server.reports.asking import Asker, Rows
from server.reports.drift import SMALL, Drift, drifts
from server.reports.parts import Block, Section, share, table_of
from server.reports.span import Span

EACH_LEAST = 100
"""Visits at a click below which its shares move by several points by chance."""


async def quality(asker: Asker, span: Span) -> tuple[Section, list[Drift]]:
    by_click, bins, change = await asker.ask("quality"), await asker.ask("calibration"), await asker.ask("drift")
    found = drifts(change.rows)
    blocks = [
        Block(
            "quality", "By click", [by_click], words=[_fifth(by_click.rows)], svg=draw.accuracy(by_click.rows),
            caption="Right answers of the model, and of always giving the commoner answer.",
            table=table_of(
                by_click.rows, click_number="page", session_count="visits", purchase_share="bought", accuracy="right",
                majority_accuracy="commoner answer right", false_positive_rate="false positives", precision="precision",
                brier_score="Brier",
            ),
        ),
        Block(
            "calibration", "Scores beside what came true, at the fifth page", [bins], svg=draw.calibration(bins.rows),
            caption="On the line, of the visits with a score of 30 % as many bought. A bigger point is more visits.",
        ),
        Block(
            "drift", f"Beside the {span.kind} before", [change],
            words=[f"Effect sizes under {SMALL} in either direction are small (Cohen's d and h)."],
            table=[
                {
                    "what": d.name, "now": _told(d, d.now), "before": _told(d, d.before),
                    "effect": None if d.effect is None else f"{d.effect:+.2f}", "in words": d.reason or d.words,
                }
                for d in found
            ],
        ),
    ]  # fmt: skip
    words = ["A score of 0.5 or more counts as a buyer here; your segments' thresholds are in the rules."]
    return Section("quality", "Was the model right?", blocks, words=words), found


def _told(drift: Drift, value: float | None) -> str | None:
    if value is None:
        return None
    return f"{value:.1f}" if drift.name == "pages per visit" else share(value)


def _fifth(rows: Rows) -> str:
    row = next((r for r in rows if r["click_number"] == 5), None)
    if row is None or row["session_count"] < EACH_LEAST:
        there = row["session_count"] if row else 0
        return (
            f"{there:,} visits have a score at their fifth page; {EACH_LEAST} are the least. Next: wait for more "
            "visits, or report a month."
        )
    better = row["accuracy"] - row["majority_accuracy"]
    told = "no better than" if better <= 0 else f"{better * 100:.1f} points better than"
    return (
        f"At the fifth page the model is right about {share(row['accuracy'])} of {row['session_count']:,} visits, {told} always "
        f"saying the commoner answer ({share(row['majority_accuracy'])}); of those that did not buy it called "
        f"{share(row['false_positive_rate'])} buyers."
    )

"""The report's pictures, in the house style of `model.report.pictures`."""

from collections.abc import Sequence
from typing import Any

from matplotlib.ticker import MaxNLocator, PercentFormatter

from core.analysis.uplift import Tenth
from core.money import exponent
from model.report.pictures import ACCENT, COLOURS, QUIET, figure, svg_of
from server.reports.asking import Rows
from server.reports.lifts import Lift


def lifts(found: Sequence[Lift]) -> str:
    """Each comparison as a point with its interval, 0 as a line."""
    told = [lift for lift in reversed(found) if lift.conversion is not None]
    if not told:
        return ""
    drawn, axes = figure(7.0, 1.1 + 0.5 * len(told))
    for at, lift in enumerate(told):
        c = lift.conversion
        assert c is not None
        axes.plot([c.low * 100, c.high * 100], [at, at], color=ACCENT)
        axes.plot([c.value * 100], [at], "o", color=ACCENT)
    axes.axvline(0.0, color=QUIET, linewidth=1.0)
    axes.set_yticks(range(len(told)), [f"{x.action_id}\n{x.segment.replace('_', '-')}" for x in told])
    axes.set_ylim(-0.6, len(told) - 0.4)
    axes.set_xlabel("points bought more often than held-back visits")
    return svg_of(drawn)


def tenths(found: Sequence[Tenth]) -> str:
    """The lift in each tenth of the score."""
    if not any(tenth.lift is not None for tenth in found):
        return ""
    drawn, axes = figure()
    for at, tenth in enumerate(found, 1):
        if tenth.lift is None or tenth.low is None or tenth.high is None:
            continue
        axes.plot([at, at], [tenth.low * 100, tenth.high * 100], color=ACCENT)
        axes.plot([at], [tenth.lift * 100], "o", color=ACCENT)
    axes.axhline(0.0, color=QUIET, linewidth=1.0)
    axes.set_xticks(range(1, len(found) + 1))
    axes.set_xlabel("tenth of the score at the decision, lowest first")
    axes.set_ylabel("points more often")
    return svg_of(drawn)


def days(rows: Rows) -> str:
    """Visits and orders by day, one below the other would be two pictures: orders are drawn on their own scale."""
    if not rows:
        return ""
    drawn, axes = figure()
    names = [f"{row['day']:%d}" for row in rows]
    axes.bar(names, [row["session_count"] for row in rows], color=COLOURS[5], alpha=0.55, label="visits")
    axes.bar(names, [row["purchase_count"] for row in rows], color=COLOURS[1], label="visits that bought")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_xlabel("day")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    return svg_of(drawn)


def revenue(rows: Rows, currency: str) -> str:
    """Net revenue of one currency by day."""
    mine = [row for row in rows if row["currency"] == currency]
    drawn, axes = figure()
    amounts = [row["net_minor"] / 10 ** exponent(currency) for row in mine]
    axes.bar([f"{row['day']:%d}" for row in mine], amounts, color=ACCENT)
    axes.set_xlabel("day")
    axes.set_ylabel(currency)
    return svg_of(drawn)


def funnel(row: dict[str, Any]) -> str:
    """How many visits got how far."""
    steps = list(row.items())[::-1]
    drawn, axes = figure(7.0, 2.6)
    bars = axes.barh([name for name, _ in steps], [reached for _, reached in steps], color=ACCENT)
    axes.bar_label(bars, [f" {reached:,}" for _, reached in steps])
    axes.margins(x=0.12)
    return svg_of(drawn)


def calibration(rows: Rows) -> str:
    """Scores beside what came true, by tenth of the score; bigger points are of more visits."""
    if not rows:
        return ""
    drawn, axes = figure(7.0, 4.4)
    most = max(row["session_count"] for row in rows)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1.0)
    axes.scatter(
        [row["mean_score"] for row in rows],
        [row["purchase_share"] for row in rows],
        s=[20 + 180 * row["session_count"] / most for row in rows],
        color=ACCENT,
    )
    axes.set_xlabel("score")
    axes.set_ylabel("share that bought")
    return svg_of(drawn)


def accuracy(rows: Rows) -> str:
    """The model beside always giving the commoner answer, by click."""
    if not rows:
        return ""
    drawn, axes = figure()
    clicks = [row["click_number"] for row in rows]
    axes.plot(clicks, [row["accuracy"] for row in rows], "o-", color=ACCENT, label="the model")
    axes.plot(clicks, [row["majority_accuracy"] for row in rows], "s--", color=COLOURS[1], label="always the commoner")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("pages seen")
    axes.set_ylabel("right")
    axes.legend()
    return svg_of(drawn)

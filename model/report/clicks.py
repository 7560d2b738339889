"""What the report says click by click: how good the scores are, beside every baseline on the same sessions."""

from collections.abc import Mapping, Sequence

from model.compared import Compared, Row, compare
from model.report.pictures import ACCENT, COLOURS, MARKERS, figure, svg_of
from model.report.section import Asked, Cell, Picture, Section
from model.report.words import percent

NAME, TITLE = "clicks", "How good the scores are, click by click"
NAMES = {
    "bundle": "this model",
    "base_rate": "base rate",
    "rule": "one rule",
    "logistic_regression": "logistic regression",
    "boosted_trees": "boosted trees",
}
DECISION_CLICK = 5


def section(asked: Asked) -> Section:
    """A row per click, the baselines beside it, and pictures of rank and of precision."""
    compared = compare(
        asked.learn, asked.test, asked.scores, threshold=asked.threshold, seed=asked.seed, told=asked.progress
    )
    data = compared._asdict()
    if not compared.by_click:
        return Section(NAME, TITLE, ("Too few visits reach a first click to say anything.",), data=data)
    pictures = (
        _picture(compared, "auroc", "Rank (AUROC)", _RANK),
        _picture(compared, "auprc", "Precision over all levels (AUPRC)", _AVERAGE_PRECISION),
    )
    return Section(NAME, TITLE, _words(compared), _table(compared), pictures, data)


_RANK = "How often a visit that buys is scored above one that does not: 0.5 is chance, 1.0 always. The band is the 95 % interval."
_AVERAGE_PRECISION = (
    "The share of buyers among the visits scored highest, averaged over all levels; the base rate is what chance gives."
)


def row_at(rows: Sequence[Row], click: int = DECISION_CLICK) -> Row:
    """The row of this click, or of the last one before it."""
    return [row for row in rows if row["click"] <= click][-1]


def _words(compared: Compared) -> tuple[str, ...]:
    row = row_at(compared.by_click)
    click = int(row["click"])
    words = [
        f"At click {click}, {percent(row['base_rate'])} of {int(row['sessions']):,} visits end in a purchase.",
        f"Whoever always says the more frequent answer is right in {percent(row['majority_accuracy'])} of them; this model, at a "
        f"threshold of {row['threshold']:g}, in {percent(row['accuracy'])}.",
    ]
    if "precision" in row:
        words.append(
            f"Of the visits that it calls buyers there, {percent(row['precision'])} buy; of those that do not buy, it calls "
            f"{percent(row.get('false_positive_rate', 0.0))} buyers."
        )
    words += [_against(name, row_at(rows)) for name, rows in compared.differences.items() if name != "base_rate"]
    return tuple(word for word in words if word)


def _against(name: str, difference: Row) -> str:
    """One sentence on a baseline: better, worse, or not to be told apart."""
    if "auroc" not in difference:
        return ""
    value, low, high = (difference[key] for key in ("auroc", "auroc_low", "auroc_high"))
    is_clear = low > 0 or high < 0
    verdict = ("better" if value > 0 else "worse") if is_clear else "not told apart by these visits"
    return f"Rank beside {NAMES[name]}: {verdict} (AUROC {value:+.3f}, 95 % between {low:+.3f} and {high:+.3f})."


def _table(compared: Compared) -> list[dict[str, Cell]]:
    return [_cells(row, _others_at(compared, int(row["click"]))) for row in compared.by_click]


def _others_at(compared: Compared, click: int) -> dict[str, Row]:
    return {name: rows[click - 1] for name, rows in compared.baselines.items()}


def _cells(row: Row, others: Mapping[str, Row]) -> dict[str, Cell]:
    return {
        "click": int(row["click"]),
        "visits": int(row["sessions"]),
        "buy": percent(row["base_rate"]),
        "AUROC": _with_ends(row, "auroc"),
        **{f"AUROC, {NAMES[name]}": _plain(other, "auroc") for name, other in others.items() if name != "base_rate"},
        "AUPRC": _with_ends(row, "auprc"),
        "Brier": _plain(row, "brier"),
        "calibration error": _with_ends(row, "ece"),
        "accuracy": percent(row["accuracy"]),
        "accuracy of the majority": percent(row["majority_accuracy"]),
        "precision": None if "precision" not in row else percent(row["precision"]),
        "false positives": None if "false_positive_rate" not in row else percent(row["false_positive_rate"]),
    }


def _plain(row: Row, measure: str) -> Cell:
    return None if measure not in row else f"{row[measure]:.3f}"


def _with_ends(row: Row, measure: str) -> Cell:
    if measure not in row:
        return None
    return f"{row[measure]:.3f}\n{row[f'{measure}_low']:.3f}-{row[f'{measure}_high']:.3f}"


def _picture(compared: Compared, measure: str, title: str, caption: str) -> Picture:
    drawn, axes = figure(5.4, 3.6)
    for i, (name, rows) in enumerate([("bundle", compared.by_click), *compared.baselines.items()]):
        known = [row for row in rows if measure in row]
        clicks, values = [row["click"] for row in known], [row[measure] for row in known]
        axes.plot(clicks, values, color=COLOURS[i], marker=MARKERS[i], label=NAMES[name], zorder=3 if i == 0 else 2)
        if name == "bundle":
            ends = ([row[f"{measure}_low"] for row in known], [row[f"{measure}_high"] for row in known])
            axes.fill_between(clicks, *ends, color=ACCENT, alpha=0.18, linewidth=0)
    axes.set_xlabel("click")
    axes.set_xticks([row["click"] for row in compared.by_click])
    drawn.legend(loc="outside upper center", ncols=2)
    return Picture(title, caption, svg_of(drawn))

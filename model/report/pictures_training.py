"""Training's own picture: what each pass over the sessions gave, and which one was kept."""

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from model.report.pictures import ACCENT, COLOURS, INK, figure, svg_of
from model.train import Epoch


def training_picture(history: Sequence[Epoch]) -> str:
    """The losses by epoch as one `<svg>`: on the sessions that teach, and on those that choose when to stop.

    The loss is the heads' together, per session; lower is better. The kept epoch is the one that the choosing sessions liked best.
    """
    drawn, axes = figure()
    numbers = [epoch.number for epoch in history]
    axes.plot(numbers, [epoch.fit_loss for epoch in history], marker="o", color=ACCENT, label="sessions that teach")
    choose = [epoch.choose_loss for epoch in history]
    axes.plot(numbers, choose, marker="s", color=COLOURS[1], label="sessions that choose")
    if history:
        best = min(history, key=lambda epoch: epoch.choose_loss)
        axes.axvline(best.number, color=INK, linestyle=":", linewidth=1.0, label=f"kept: epoch {best.number}")
        axes.legend()
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss per session")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return svg_of(drawn)

"""Pictures of learning: what each pass over the sessions gave, and what more sessions would give."""

from collections.abc import Callable, Sequence

import numpy as np
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
        axes.legend(frameon=False, labelcolor=INK)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss per session")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return svg_of(drawn)


def learning_picture(
    sizes: Sequence[int], losses: Sequence[float], law: Callable[[float], float] | None, starter: float | None
) -> str:
    """The log loss by the number of sessions learned from, as one `<svg>`: points, a law through them, the starter's level.

    The law is drawn to twice the most sessions, and no further: it knows nothing of what comes then.
    """
    drawn, axes = figure()
    if law is not None:
        reach = np.geomspace(sizes[0], 2 * sizes[-1], 60)
        axes.plot(reach, [law(count) for count in reach], color=ACCENT, linewidth=1.0, label="power law")
    axes.plot(sizes, losses, marker="o", linestyle="none", color=ACCENT, label="sessions of your own")
    if starter is not None:
        axes.axhline(starter, color=COLOURS[1], linestyle="--", label="starter bundle")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(sizes), [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("sessions learned from")
    axes.set_ylabel("log loss")
    axes.legend(frameon=False, labelcolor=INK)
    return svg_of(drawn)

"""House style of the report's pictures: calm lines on nothing, text in the page's own colour, one SVG that fetches nothing.

Not through pyplot: it keeps figures for the whole process and looks for a screen.
"""

import re
from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

INK = "#123456"
"""Stands for the page's text colour: `svg_of` turns it into `currentColor`, so dark and light pages both work."""
QUIET = "#8b93a0"
ACCENT = "#2f81c7"
COLOURS = (ACCENT, "#d9822b", "#3d9a6b", "#a2659e", "#b8504f", "#6b7f99")
"""Of middling brightness, to be seen on white and on black alike; told apart by markers too, not by colour alone."""
MARKERS = ("o", "s", "^", "D", "v", "P")

# Any: the names are a Literal of every setting that there is.
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fifthclick",
    "font.family": "sans-serif",
    "font.size": 10.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": QUIET,
    "grid.alpha": 0.25,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
}


def figure(width: float = 7.0, height: float = 3.4) -> tuple[Figure, Axes]:
    """An empty picture in house style, in inches, with a quiet grid."""
    with rc_context(_STYLE):
        drawn = Figure(figsize=(width, height), layout="constrained")
        axes = drawn.add_subplot()
        axes.grid(visible=True)
        axes.set_axisbelow(True)
    return drawn, axes


def svg_of(drawn: Figure) -> str:
    """The picture as one `<svg>` element that takes its width from the page. The same figure gives the same text."""
    out = BytesIO()
    with rc_context(_STYLE):
        drawn.patch.set_alpha(0.0)
        _in_ink(drawn)
        for axes in drawn.axes:
            axes.patch.set_alpha(0.0)
        FigureCanvasSVG(drawn)
        drawn.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue().decode()
    text = text[text.index("<svg") :].replace(INK, "currentColor").strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    # The page's own font, and no rule that reaches beyond the picture.
    text = re.sub(r"font-family: [^;\"]*;?", "", text)
    text = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
    used = set(re.findall(r"#([\w.-]+)", text))
    # Several pictures share a page: a name that nothing refers to would only be there twice.
    return re.sub(r' id="([\w.-]+)"', lambda found: found[0] if found[1] in used else "", text)


def _in_ink(drawn: Figure) -> None:
    """Black text becomes the page's, and legends lose their box: what is drawn outside `figure` comes in other settings."""
    for text in drawn.findobj(Text):
        if isinstance(text, Text) and to_hex(text.get_color()) == "#000000":
            text.set_color(INK)
    for legend in drawn.findobj(Legend):
        if isinstance(legend, Legend):
            legend.set_frame_on(False)

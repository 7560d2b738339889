"""The report as one HTML file that fetches nothing: the template is `page.html`, the pictures are in it as SVG."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from model.report.opening import Check
from model.report.section import Cell, Picture, Section

FOLDER = Path(__file__).parent
LONG_TEXT = 36
"""A cell of more characters is a sentence: it stands to the left and may be broken."""


def render(
    *, title: str, about: Sequence[tuple[str, str]], short: str, checks: Sequence[Check], words: Sequence[str],
    sections: Sequence[Section],
) -> str:  # fmt: skip
    """The whole page. `about` names the bundle and the data; `words` say what was measured on what."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = _svg
    environment.filters["long_columns"] = _long_columns
    return environment.get_template("page.html").render(
        title=title, about=about, short=short, checks=checks, words=words, sections=sections
    )


def _svg(picture: Picture) -> Markup:
    """Drawn by ourselves, so it is not escaped; it gets a name for those who cannot see it."""
    label = Markup.escape(f"{picture.title}: {picture.caption}")
    return Markup(picture.svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))


def _long_columns(table: Sequence[dict[str, Cell]]) -> set[str]:
    return {name for row in table for name, cell in row.items() if isinstance(cell, str) and len(cell) > LONG_TEXT}

"""The report as one HTML file that fetches nothing and runs no script; it looks as `fifthclick evaluate`'s does."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from model.report.page import FOLDER as STYLE_FOLDER
from server.reports.parts import Block, Cell, Check, Section


def render(
    *, title: str, short: str, checks: Sequence[Check], sentences: Sequence[str], sections: Sequence[Section]
) -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent, STYLE_FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = _svg
    environment.filters["word_columns"] = _word_columns
    return environment.get_template("page.html").render(
        title=title, short=short, checks=checks, sentences=sentences, sections=sections
    )


def _svg(block: Block) -> Markup:
    """Drawn by ourselves, so it is not escaped; it gets a name for those who cannot see it."""
    label = Markup.escape(f"{block.title}: {block.caption}")
    return Markup(block.svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))


def _word_columns(table: Sequence[dict[str, Cell]]) -> set[str]:
    """Words stand to the left, numbers and amounts to the right."""
    return {name for row in table for name, cell in row.items() if isinstance(cell, str) and cell[:1].islower()}

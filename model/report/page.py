"""The report as one HTML file that fetches nothing: the template is `page.html`, the pictures are in it as SVG."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from model.report.opening import Check
from model.report.section import Picture, Section

FOLDER = Path(__file__).parent


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
    return environment.get_template("page.html").render(
        title=title, about=about, short=short, checks=checks, words=words, sections=sections
    )


def _svg(picture: Picture) -> Markup:
    """Drawn by ourselves, so it is not escaped; it gets a name for those who cannot see it."""
    label = Markup.escape(f"{picture.title}: {picture.caption}")
    return Markup(picture.svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1))

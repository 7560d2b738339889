"""Pages out of templates. The one place that knows the pasted tag, and it knows nothing of it but the text to paste."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.catalogue import CATEGORIES
from demo.ecommerce import Push
from demo.visits import SHIPPING_MINOR, Visit
from demo.walks import WALKS, Walk, step_after

HERE = Path(__file__).parent
VISIT = web.RequestKey("visit", Visit)


@dataclass(frozen=True)
class Tag:
    """The script tag that the shop was given: where it comes from and the public key. No host, no tag."""

    host: str = ""
    site_key: str = ""


@dataclass(frozen=True)
class Notes:
    """What the guide tells about the server beside the shop. Empty where nobody said."""

    server_url: str = ""
    analyst_dsn: str = ""


class Renderer:
    def __init__(self, tag: Tag, notes: Notes) -> None:
        self._tag = tag
        self._notes = notes
        self._env = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters["money"] = money
        self._env.globals.update(categories=CATEGORIES, fees=SHIPPING_MINOR)

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        page_type: str,
        topic: str = "",
        pushes: Sequence[Push] = (),
        status: int = 200,
        **values: object,
    ) -> web.Response:
        """A page of the shop. `pushes` go to `dataLayer` before any other script runs."""
        visit = request[VISIT]
        walk = _walk_on(visit, request.path)
        text = self._env.get_template(template).render(
            page_type=page_type,
            topic=topic,
            pushes=pushes,
            visit=visit,
            tag=self._tag,
            walk=walk,
            strip=_strip(walk, visit) if walk else None,
            query=request.query.get("q", ""),
            **values,
        )
        return _html(text, status)

    def guide(self) -> web.Response:
        """The page with the three walks. No page of the shop's: it has neither events nor tag."""
        return _html(self._env.get_template("guide.html").render(walks=WALKS.values(), notes=self._notes), 200)


def money(minor: int) -> str:
    return f"${minor / 100:,.2f}"


def _html(text: str, status: int) -> web.Response:
    # A cart must never come out of a cache; the back/forward cache is not one and stays open to these pages.
    return web.Response(text=text, content_type="text/html", status=status, headers={"Cache-Control": "no-cache"})


def _walk_on(visit: Visit, path: str) -> Walk | None:
    """The walk that this visit is on, one step further if `path` is where the next click leads."""
    walk = WALKS.get(visit.walk)
    if walk is not None:
        visit.walk_step = step_after(walk, visit.walk_step, path)
    return walk


def _strip(walk: Walk, visit: Visit) -> dict[str, object]:
    """What the strip needs to say what comes next."""
    step = walk.steps[visit.walk_step]
    return {
        "title": walk.title,
        "number": visit.walk_step + 1,
        "of": len(walk.steps),
        "path": step.path,
        "say": step.say,
        "link": step.link,
        "next": walk.steps[visit.walk_step + 1].path if step.link else "",
        "ending": walk.ending,
        "expects": walk.expects,
        "arm": visit.arm,
    }

"""The demo merchant put together: routes, cookie, books. A stranger to the server: nothing of it is imported here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from demo import browse, checkout, guide
from demo.codes import Codes
from demo.orders import Newsletter, Orders
from demo.render import HERE, VISIT, Notes, Renderer, Tag
from demo.visits import ARMS, COOKIE, Visits

VISITS = web.AppKey("visits", Visits)
MAX_BODY_BYTES = 16 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class ShopConfig:
    """How the shop runs. `data_dir` holds its orders and its codes."""

    data_dir: Path
    port: int = 8701
    tag: Tag = field(default_factory=Tag)
    notes: Notes = field(default_factory=Notes)


def create_app(config: ShopConfig) -> web.Application:
    app = web.Application(middlewares=[_with_visit], client_max_size=MAX_BODY_BYTES)
    app[VISITS] = Visits()
    app[browse.RENDERER] = Renderer(config.tag, config.notes)
    orders = Orders(config.data_dir / "orders.json")
    app[checkout.ORDERS] = orders
    app[checkout.CODES] = Codes(config.data_dir / "codes.txt", orders.coupons())
    app[checkout.NEWSLETTER] = Newsletter()
    app[checkout.OWN_ORIGINS] = frozenset(f"http://{host}:{config.port}" for host in ("127.0.0.1", "localhost"))
    for table in (browse.routes, checkout.routes, guide.routes):
        app.add_routes(table)
    app.router.add_static("/static", HERE / "static")
    return app


@web.middleware
async def _with_visit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find the visit by the shop's cookie or start one. `?arm=` on any page turns the visit into a preview."""
    visits = request.app[VISITS]
    visit = visits.get(request.cookies.get(COOKIE))
    is_new = visit is None
    visit = visit or visits.start()
    request[VISIT] = visit
    if request.query.get("arm") in ARMS:
        visit.arm = request.query["arm"]
    try:
        response = await handler(request)
    except web.HTTPException as answer:
        if answer.status == 404 and request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            response = browse.not_found(request)
        else:
            if is_new:
                _remember(answer, visit.id)
            raise
    if is_new:
        _remember(response, visit.id)
    return response


def _remember(response: web.StreamResponse, visit_id: str) -> None:
    response.set_cookie(COOKIE, visit_id, httponly=True, samesite="Lax", path="/")

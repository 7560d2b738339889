"""The guide page, the way into and out of a walk, and the strip's script for those who are on one."""

from aiohttp import web

from demo.browse import RENDERER, not_found
from demo.render import HERE, VISIT
from demo.visits import ARMS
from demo.walks import WALKS

routes = web.RouteTableDef()


@routes.get("/guide")
async def guide(request: web.Request) -> web.Response:
    return request.app[RENDERER].guide()


@routes.get("/walk/end")
async def end(request: web.Request) -> web.Response:
    visit = request[VISIT]
    visit.walk, visit.walk_step, visit.arm = "", 0, ""
    raise web.HTTPSeeOther("/guide")


@routes.get("/walk/{walk}")
async def start(request: web.Request) -> web.Response:
    """Begin a walk with an empty cart. `?arm=` makes it a preview, else it counts like any visit."""
    walk = WALKS.get(request.match_info["walk"])
    if walk is None:
        return not_found(request)
    visit = request[VISIT]
    visit.start_over()
    visit.walk, visit.walk_step = walk.id, 0
    visit.arm = request.query.get("arm", "") if request.query.get("arm") in ARMS else ""
    raise web.HTTPSeeOther(walk.steps[0].path)


@routes.get("/guide.js")
async def strip_script(request: web.Request) -> web.StreamResponse:
    if not request[VISIT].walk:
        raise web.HTTPNotFound(text="There is no guide in this visit.")
    return web.FileResponse(HERE / "static" / "guide.js", headers={"Cache-Control": "no-cache"})

"""Cart, coupon, shipping, payment, order, the free-shipping landing address and the newsletter: where the shop acts on its own."""

from aiohttp import web

from demo import catalogue, ecommerce
from demo.browse import RENDERER, not_found
from demo.codes import Codes, cleaned
from demo.orders import Newsletter, Orders
from demo.render import VISIT
from demo.visits import SHIPPING_MINOR

ORDERS = web.AppKey("orders", Orders)
CODES = web.AppKey("codes", Codes)
NEWSLETTER = web.AppKey("newsletter", Newsletter)
OWN_ORIGINS = web.AppKey("own_origins", frozenset[str])

routes = web.RouteTableDef()


@routes.post("/cart/add")
async def add(request: web.Request) -> web.Response:
    product_id = str((await request.post()).get("product", ""))
    if product_id not in catalogue.BY_ID:
        raise web.HTTPBadRequest(text="There is no such product. Go back and choose one from the shop.")
    request[VISIT].add(product_id)
    raise web.HTTPSeeOther("/cart")


@routes.post("/cart/remove")
async def remove(request: web.Request) -> web.Response:
    request[VISIT].remove(str((await request.post()).get("product", "")))
    raise web.HTTPSeeOther("/cart")


@routes.get("/cart")
async def cart(request: web.Request) -> web.Response:
    visit = request[VISIT]
    return request.app[RENDERER].page(
        request,
        "cart.html",
        page_type="cart",
        pushes=[ecommerce.about_cart("view_cart", visit)],
        lines=[(p, n, ecommerce.about_product("remove_from_cart", p, n)) for p, n in visit.lines],
        is_code_refused="refused" in request.query,
    )


@routes.post("/cart/coupon")
async def coupon(request: web.Request) -> web.Response:
    """Take a code off the cart's price, if it is one of ours and no order has used it."""
    code = cleaned(str((await request.post()).get("code", "")))
    is_good = request.app[CODES].is_good(code)
    request[VISIT].coupon = code if is_good else ""
    raise web.HTTPSeeOther("/cart" if is_good else "/cart?refused=1")


@routes.get("/offers/free-shipping")
async def free_shipping(request: web.Request) -> web.Response:
    """Whoever lands here has standard shipping free on the next order. The grant is ours: no other program is asked."""
    visit = request[VISIT]
    visit.has_free_shipping = True
    visit.tier = "standard"
    # An empty cart has nothing to say: back to what the visitor was looking at, which says it too.
    raise web.HTTPSeeOther("/cart" if visit.quantities or not visit.last_product_id else f"/p/{visit.last_product_id}")


@routes.get("/checkout/shipping")
async def shipping(request: web.Request) -> web.Response:
    visit = request[VISIT]
    if not visit.quantities:
        raise web.HTTPSeeOther("/cart")
    return request.app[RENDERER].page(
        request, "shipping.html", page_type="shipping", pushes=[ecommerce.about_cart("begin_checkout", visit)]
    )


@routes.post("/checkout/shipping")
async def choose_shipping(request: web.Request) -> web.Response:
    tier = str((await request.post()).get("tier", ""))
    if tier not in SHIPPING_MINOR:
        raise web.HTTPBadRequest(text="There is no such way of shipping. Go back and choose one of the two.")
    request[VISIT].tier = tier
    raise web.HTTPSeeOther("/checkout/payment")


@routes.get("/checkout/payment")
async def payment(request: web.Request) -> web.Response:
    visit = request[VISIT]
    if not visit.quantities:
        raise web.HTTPSeeOther("/cart")
    return request.app[RENDERER].page(
        request,
        "payment.html",
        page_type="payment",
        pushes=[ecommerce.add_shipping_info(visit)],
        pay_push=ecommerce.about_cart("add_payment_info", visit, payment_type="card"),
    )


@routes.post("/checkout/payment")
async def pay(request: web.Request) -> web.Response:
    visit = request[VISIT]
    if not visit.quantities:
        raise web.HTTPSeeOther("/cart")
    codes = request.app[CODES]
    if visit.coupon and not codes.is_good(visit.coupon):
        # Another order was faster: nobody pays a price that they have not seen.
        visit.coupon = ""
        raise web.HTTPSeeOther("/cart?refused=1")
    order = request.app[ORDERS].place(visit)
    codes.spend(order.coupon)
    visit.start_over()
    raise web.HTTPSeeOther(f"/order/{order.id}")


@routes.get("/order/{order}")
async def confirmation(request: web.Request) -> web.Response:
    order = request.app[ORDERS].get(request.match_info["order"])
    if order is None:
        return not_found(request)
    return request.app[RENDERER].page(
        request,
        "confirmation.html",
        page_type="confirmation",
        pushes=[ecommerce.purchase(order)],
        order=order,
        lines=[(catalogue.BY_ID[line.product_id], line.quantity) for line in order.lines],
    )


@routes.post("/newsletter")
async def newsletter(request: web.Request) -> web.Response:
    """Take an address, from our own pages only. A script is answered in JSON, a form with a page."""
    headers = _cors(request)
    is_known = request.app[NEWSLETTER].sign_up(str((await request.post()).get("email", "")))
    if "text/html" not in request.headers.get("Accept", ""):
        return web.json_response({"ok": is_known}, status=200 if is_known else 400, headers=headers)
    return request.app[RENDERER].page(
        request, "newsletter.html", page_type="content", is_known=is_known, status=200 if is_known else 400
    )


@routes.options("/newsletter")
async def newsletter_preflight(request: web.Request) -> web.Response:
    allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}
    return web.Response(status=204, headers={**_cors(request), **allowed})


def _cors(request: web.Request) -> dict[str, str]:
    origin = request.headers.get("Origin", "")
    if not origin:
        return {}
    if origin not in request.app[OWN_ORIGINS]:
        raise web.HTTPForbidden(text="Only the shop's own pages may sign up.")
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}

"""Pages to look at: home, listings, products, search, journal, questions and answers, pictures."""

from aiohttp import web

from demo import art, catalogue, ecommerce
from demo.articles import ARTICLE_BY_ID, ARTICLES, QUESTIONS
from demo.catalogue import Product
from demo.ecommerce import Push
from demo.render import VISIT, Renderer
from demo.reviews import reviews_of

RENDERER = web.AppKey("renderer", Renderer)
Card = tuple[Product, Push]

routes = web.RouteTableDef()


def cards(products: list[Product], list_id: str) -> list[Card]:
    """Products with the event that a click on their card pushes."""
    return [(p, ecommerce.select_item(p, i, list_id)) for i, p in enumerate(products)]


def not_found(request: web.Request) -> web.Response:
    return request.app[RENDERER].page(request, "not_found.html", page_type="content", status=404)


@routes.get("/")
async def home(request: web.Request) -> web.Response:
    featured = list(catalogue.FEATURED)
    return request.app[RENDERER].page(
        request,
        "home.html",
        page_type="home",
        pushes=[ecommerce.view_item_list(featured, "featured", "Featured")],
        cards=cards(featured, "featured"),
        article=ARTICLES[0],
    )


@routes.get("/c/{category}")
async def listing(request: web.Request) -> web.Response:
    category = catalogue.CATEGORY_BY_ID.get(request.match_info["category"])
    if category is None:
        return not_found(request)
    products = catalogue.in_category(category.id)
    return request.app[RENDERER].page(
        request,
        "listing.html",
        page_type="listing",
        topic=category.topic,
        pushes=[ecommerce.view_item_list(products, category.id, category.name)],
        category=category,
        cards=cards(products, category.id),
    )


@routes.get("/p/{product}")
async def product_page(request: web.Request) -> web.Response:
    product = catalogue.BY_ID.get(request.match_info["product"])
    if product is None:
        return not_found(request)
    request[VISIT].last_product_id = product.id
    return request.app[RENDERER].page(
        request,
        "product.html",
        page_type="product",
        topic=product.category,
        pushes=[ecommerce.about_product("view_item", product)],
        product=product,
        category=catalogue.CATEGORY_BY_ID[product.category],
        views=art.VIEWS,
        reviews=reviews_of(product),
        add_push=ecommerce.about_product("add_to_cart", product),
        cards=cards(catalogue.related_to(product), "related"),
    )


@routes.get("/search")
async def search(request: web.Request) -> web.Response:
    query = request.query.get("q", "").strip()[:80]
    products = catalogue.found(query)
    pushes = [ecommerce.search(query), ecommerce.view_item_list(products, "search", "Search results")] if query else []
    return request.app[RENDERER].page(
        request,
        "search.html",
        page_type="search",
        pushes=pushes,
        term=query,
        cards=cards(products, "search"),
        suggestions=cards(list(catalogue.FEATURED), "featured"),
    )


@routes.get("/blog")
async def blog(request: web.Request) -> web.Response:
    articles = [(article, catalogue.BY_ID[article.product_ids[0]]) for article in ARTICLES]
    return request.app[RENDERER].page(request, "blog.html", page_type="blog", topic="journal", articles=articles)


@routes.get("/blog/{article}")
async def article_page(request: web.Request) -> web.Response:
    article = ARTICLE_BY_ID.get(request.match_info["article"])
    if article is None:
        return not_found(request)
    products = [catalogue.BY_ID[i] for i in article.product_ids]
    return request.app[RENDERER].page(
        request,
        "article.html",
        page_type="blog",
        topic=article.topic,
        pushes=[ecommerce.view_item_list(products, "article", article.title)],
        article=article,
        cards=cards(products, "article"),
    )


@routes.get("/faq")
async def faq(request: web.Request) -> web.Response:
    return request.app[RENDERER].page(request, "faq.html", page_type="faq", topic="help", questions=QUESTIONS)


@routes.get("/art/{product}/{view}.svg")
async def art_file(request: web.Request) -> web.Response:
    product = catalogue.BY_ID.get(request.match_info["product"])
    view = request.match_info["view"]
    if product is None or view not in art.VIEWS:
        raise web.HTTPNotFound(text="No such picture.")
    return web.Response(
        text=art.picture(product.look, view), content_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"}
    )

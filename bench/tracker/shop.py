"""A believable shop page: about 1,500 elements, sixty images, a cart button, a menu; the same for every tag that is measured.

Its own script is short and makes no promises and no timers, so that what runs later is the tag's.
"""

VARIANTS = ("bare", "ours", "plausible", "posthog")
PRODUCTS = 60

_SCRIPT = """
var dataLayer = window.dataLayer = window.dataLayer || [];
dataLayer.push({ event: 'view_item_list', ecommerce: { currency: 'EUR', items: [{ item_id: 'p1', price: 49 }] } });
document.addEventListener('click', function (event) {
  var button = event.target.closest('.buy');
  if (!button) return;
  var count = document.querySelector('#count');
  count.textContent = +count.textContent + 1;
});
// A route of a single-page shop: another address and another list, as a framework would draw them.
function go(number) {
  history.pushState({}, '', location.pathname.replace(/c-.*$/, '') + 'c-' + number);
  var list = document.querySelector('#list');
  list.replaceChildren.apply(list, Array.from(list.children, function (card) { return card.cloneNode(true); }));
}
"""

_STYLE = """
body{font:16px/1.5 system-ui;margin:0}header{position:sticky;top:0;background:#fff;display:flex;gap:16px;padding:12px;z-index:2}

#list{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:16px;padding:16px}
article{border:1px solid #ddd;padding:12px}
img{inline-size:100%;block-size:auto}footer{background:#f4f4f4;padding:24px}li{list-style:none}
"""


def page(variant: str, base_url: str, *, host: str = "", site: str = "pk_bench") -> str:
    """The page with this tag. `host`: another server for ours than the stand-in at the same address."""
    cards = "".join(_card(number) for number in range(PRODUCTS))
    menu = "".join(f'<li><a href="#m{n}"><span>Section {n}</span></a></li>' for n in range(40))
    links = "".join(f"<li><a href='#f{n}'>Service {n}</a></li>" for n in range(40))
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>Shop</title><style>{_STYLE}</style>"
        f"<script>{_SCRIPT}</script>{tag(variant, base_url, host or f'{base_url}/tag/ours', site)}</head><body>"
        f"<header><b>Shop</b><nav>Menu</nav><input type=search aria-label=Search><button class=cart>Cart <span id=count>0"
        f"</span></button></header><ul>{menu}</ul><main id=list data-fc-view=list>{cards}</main>"
        f"<footer data-fc-view=footer><ul>{links}</ul></footer></body></html>"
    )


def tag(variant: str, base_url: str, host: str, site: str) -> str:
    """What a merchant pastes. What starts a peer is a file of its own, so that its work is named in a trace."""
    match variant:
        case "ours":
            return f'<script async src="{host}/t.js" data-site="{site}" data-host="{host}"></script>'
        case "plausible":
            return f'<script type=module src="{base_url}/tag/plausible/start.js"></script>'
        case "posthog":
            return (
                # Nothing but counting, as in the other two.
                f"<script>window.posthog=[];posthog.__SV=1;posthog._i=[['phc_bench',{{api_host:'{base_url}/tag/posthog',disable_surveys:true}},'posthog']]"
                f'</script><script async src="{base_url}/tag/posthog/static/array.js"></script>'
            )
    return ""


def plausible_start(base_url: str) -> str:
    """As a shop's own bundle would start it, with the options that a shop would choose."""
    return (
        "import { init } from './plausible.js'\n"
        f"init({{ domain: 'shop.example', endpoint: '{base_url}/tag/plausible/event', captureOnLocalhost: true, "
        "outboundLinks: true, fileDownloads: true, formSubmissions: true })\n"
    )


def image(number: int) -> str:
    """A picture of a product, some kilobytes."""
    dots = "".join(
        f'<circle cx="{(number * 37 + n * 53) % 320}" cy="{(number * 91 + n * 29) % 240}" r="{n % 9 + 2}"/>'
        for n in range(60)
    )
    colour = f"hsl({number * 47 % 360} 60% 80%)"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240">'
        f'<rect width="320" height="240" fill="{colour}"/>{dots}</svg>'
    )


def _card(number: int) -> str:
    stars = "".join("<span>★</span>" for _ in range(number % 5 + 1))
    return (
        f"<article id=p{number}><a href='#p{number}'><img src='/image/{number}.svg' width=320 "
        f"height=240 alt='Product {number}'></a><h2><a href='#p{number}'>Product {number}</a></h2><div class=stars>{stars}</div>"
        f"<p>Good things <em>for</em> good <strong>days</strong>.</p><p class=price><s>€59</s> <b>€49</b></p>"
        f"<label>Size <select><option>S</option><option>M</option></select></label>"
        f"<div><button class=buy>Add to cart</button> <button class=wish><span>♡</span></button></div></article>"
    )

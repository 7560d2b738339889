"""What an address says about a page and about how the visitor came: classes only. The address itself stays behind.

The rules are the tracker's own (`late/types.ts`, `page.ts`), word for word, so that a page is of the same kind in a shop's
old data and in what its tracker will send. A path is whole segments, the first line that matches wins, and nothing that
matches is `other`.
"""

import re
from functools import lru_cache
from typing import NamedTuple, get_args
from urllib.parse import parse_qs, urlsplit

from core.fields import Source

PATHS = (
    r"confirmation=thank-?you[\w-]*|order-?(rec|conf|compl|succ|pla)\w+|confirmation|(checkout|orders?)/(.+/)?(success|"
    r"completed|finish|confirmed)|(checkout/.+|orders?(/.+)?)/complete "
    r"payment=checkout.*\b(select-)?(payment|billing)[\w-]*|payment "
    r"shipping=checkout.*\b(select-)?(shipping|delivery|address)[\w-]*|shipping "
    r"cart=((my|view|shopping)-?)?(cart|basket|bag)(-page)?(?!.*/checkout)|warenkorb|panier|carrito|carrello "
    r"checkout=(onepage|one-page-)?checkouts?|kasse|order/?$ "
    r"account=(my-?)?accounts?|customer|log-?in|sign-?(in|up)|register search=(catalog)?search[\w-]*|suche|recherche|buscar "
    r"product=(products?|p|dp|items?|details?|catalog(ue)?|produkt|produit|producto)/(?!categor|list)[^/]+|product(-(detail|"
    r"page)\w*)?(\.\w+)?/?$|\d+-[^/]+\.html "
    r"listing=collections?|(product-)?(categor\w+|list|tag)|kategori\w*|taxons?|[ct]|shop|store|products?|catalog(ue)?|sale|"
    r"brands? blog=blogs?|news faq=faqs? help=help|support|contact[\w-]*"
)
SOURCES = (
    r"paid=cp[cm]$|ppc|paid|display|affiliate email=e?-?mail|newsletter|outlook "
    r"social=social|facebook|instagram|twitter|x\.|t\.co$|pinterest|tiktok|youtube|reddit "
    r"organic_search=organic|google|bing|duckduckgo|yahoo|ecosia|baidu|yandex|qwant"
)
_HOME = re.compile(r"/(\w\w([-_]\w\w)?/?)?(index\.\w+)?", re.ASCII)


def _compiled(table: str, before: str, after: str) -> list[tuple[str, re.Pattern[str]]]:
    lines = [line.partition("=") for line in table.split(" ")]
    return [
        (kind, re.compile(f"{before}({words or kind}){after}", re.IGNORECASE | re.ASCII)) for kind, _, words in lines
    ]


_paths = _compiled(PATHS, "[/=]", r"([/.?&]|$)")
_sources = _compiled(SOURCES, r"(^|\.)", "")
_classes: dict[str, Source] = {name: name for name in get_args(Source)}


class Address(NamedTuple):
    """The parts of an address that are looked at. `medium` is its `utm_medium`; `is_paid` says that an ad led here."""

    host: str = ""
    path: str = ""
    medium: str = ""
    is_paid: bool = False


def address_of(url: str | None) -> Address:
    """The parts of an address; empty ones where it is none."""
    try:
        parts = urlsplit(url or "")
        query = parse_qs(parts.query)
        return Address(parts.hostname or "", parts.path, query.get("utm_medium", [""])[0], "gclid" in query)
    except ValueError:
        return Address()


@lru_cache(maxsize=65_536)
def page_type(path: str) -> str:
    """The kind of page that a path looks like. An empty path is the shop's front."""
    known = _first(_paths, path)
    return known or ("home" if _HOME.fullmatch(path or "/") else "other")


def source_class(page: Address, referrer: str | None, medium: str | None = None) -> Source:
    """The class of what brought the visitor: the campaign's medium, else an ad's mark, else the referrer's host."""
    known = _first(_sources, medium or page.medium or ("paid" if page.is_paid else ""))
    if known:
        return _classes[known]
    host = address_of(referrer).host
    if not host:
        return "direct"
    if host == page.host:
        return "internal"
    found = _first(_sources, host)
    return _classes[found] if found else "referral"


def _first(table: list[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    return next((kind for kind, pattern in table if pattern.search(text)), None) if text else None

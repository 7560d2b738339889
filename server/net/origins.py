"""Which pages may talk to which site, before anything is read or upgraded, and the CORS headers that follow from it."""

from aiohttp import web

from core.errors import NotAllowed
from server.live.sites import Site, Sites


def check_origin(sites: Sites, key: str, origin: str | None) -> None:
    """May a page of `origin` open a connection for the site with `key`?

    A client that is no browser sends no Origin and is let pass here: an Origin protects shoppers' browsers from foreign
    pages, not us from programs. Without a key in the address, some site must list the Origin; the hello decides then.

    Raises:
        NotAllowed: an unknown key, or an Origin that is not listed.
    """
    site = sites.by_key(key) if key else None
    if key and site is None:
        raise NotAllowed("unknown_site")
    if origin is not None and not _is_listed(sites, site, origin):
        raise NotAllowed("origin_not_listed")


def cors_headers(sites: Sites, origin: str | None) -> dict[str, str]:
    """Lets a page of a listed Origin read our answer. Without credentials: no cookie of ours exists.

    While no site is known yet every page may: a page that cannot read "come again later" takes us for blocked and gives up.
    """
    headers = {"Vary": "Origin"}
    if origin is not None and (not sites.all() or _is_listed(sites, None, origin)):
        headers["Access-Control-Allow-Origin"] = origin
    return headers


def preflight(sites: Sites, request: web.Request) -> web.Response:
    """Our tracker needs none (text/plain); a page's own code may ask."""
    headers = cors_headers(sites, request.headers.get("Origin"))
    headers |= {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}
    return web.Response(status=204, headers={**headers, "Access-Control-Max-Age": "600"})


def _is_listed(sites: Sites, site: Site | None, origin: str) -> bool:
    return any(origin in candidate.origins for candidate in (sites.all() if site is None else (site,)))

"""`fifthclick preview SITE ACTION`: a signed link under which the merchant sees one action on the live site, counted nowhere."""

import argparse
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core.errors import ConfigError
from core.rules_text import origin_of
from server.live.preview import LIFETIME_MS, Preview, PreviewSealer
from server.store.drafts import DEFAULT_NAME
from server.store.live_rules import StoredSite, site_of
from server.store.previews import keep_preview
from server.token_keys import load_keys
from server.verbs import _store
from server.verbs._store import Store

_OURS = ("fc_preview", "fc_debug")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("site", metavar="SITE")
    parser.add_argument(
        "action",
        metavar="ACTION",
        nargs="?",
        default="",
        help="its id in the rules; without one the link only says why",
    )
    parser.add_argument("--url", metavar="URL", help="the page to begin on (default: the site's first origin)")
    parser.add_argument(
        "--draft", metavar="NAME", nargs="?", const=DEFAULT_NAME, help="as a draft says, instead of the live rules"
    )
    parser.add_argument(
        "--debug", action="store_true", help="also open the box that says in words what happens and why"
    )
    _store.add_options(parser)


def run(args: argparse.Namespace) -> int:
    if args.draft is not None and not args.action:
        raise ConfigError(f"name the action of the draft. Next: fifthclick preview {args.site} ACTION --draft.")
    return _store.with_store(args, lambda store: _preview(args, store))


async def _preview(args: argparse.Namespace, store: Store) -> int:
    site = await site_of(store.pool, args.site)
    url = page_of(site, args.url)
    # A key of our own making would open nothing on the server.
    keys, sealing = load_keys(store.settings, may_make=False)
    links = PreviewSealer(keys, sealing_key_id=sealing)
    expires_ms = time.time_ns() // 1_000_000 + LIFETIME_MS
    version = ""
    if args.action:
        expires_at = datetime.fromtimestamp(expires_ms / 1000, UTC)
        version = await keep_preview(
            store.pool, site, args.action, expires_at=expires_at, draft=args.draft, our_base_url=store.base_url
        )
        await _store.announce(store.settings, site.site_id)
    token = links.seal(Preview(expires_ms, version), site_id=site.site_id)
    print(link(url, token, is_debug=args.debug or not args.action))
    what = f"It shows {args.action!r} at the first calm moment" if args.action else "It says why nothing is shown"
    print(
        f"\n{what}, in a visit of the tab's own that counts nowhere. It works for 24 hours, for whoever has it."
        "\nClose the tab to end it. A changed draft needs a new link."
    )
    if not store.is_running:
        print(f"No server runs here now. Next: fifthclick serve --data-dir {store.settings.data_path}")
    return 0


def page_of(site: StoredSite, url: str | None) -> str:
    """Where the preview begins. Raises `ConfigError`: not a page of the site."""
    if url is None:
        return f"{site.origins[0]}/"
    page = url if "://" in url else f"https://{url}"
    if origin_of(page) not in site.origins:
        raise ConfigError(
            f"{url} is not on {site.site_id}, so its events are refused there. Next: a page of {', '.join(site.origins)}."
        )
    return page


def link(url: str, token: str, *, is_debug: bool = False) -> str:
    """The page's address with the token, beside whatever query it has; an older token goes."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in _OURS]
    query.append(("fc_preview", token))
    if is_debug:
        query.append(("fc_debug", "1"))
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query), parts.fragment))

"""The sites that this process serves, with the rules that are live for each. Who fills it lives elsewhere (`refresh`)."""

from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from core.rules import Rules


class Site(Struct, frozen=True, kw_only=True):
    """One shop. `origins` are whole origins, `scheme://host[:port]`; `rules` are bound to the site already. `previews`: rules that
    a preview link may name."""

    site_id: str
    key: str
    origins: tuple[str, ...]
    is_demo: bool = False
    rules: Rules
    previews: tuple[Rules, ...] = ()


Listener = Callable[[Collection[str]], object]
"""Told of the sites, by id, whose rules are others now. Called in the loop, after the switch; it must not block or raise."""


class Sites:
    """The live holder: `replace` swaps everything at once, and the next event of every session sees it."""

    def __init__(self, sites: Iterable[Site] = ()) -> None:
        self._by_id: dict[str, Site] = {}
        self._by_key: dict[str, Site] = {}
        self._listeners: list[Listener] = []
        self.replace(sites)

    def by_key(self, key: str) -> Site | None:
        """The site with this public key, or None."""
        return self._by_key.get(key)

    def by_id(self, site_id: str) -> Site | None:
        return self._by_id.get(site_id)

    def all(self) -> tuple[Site, ...]:
        return tuple(self._by_id.values())

    def replace(self, sites: Iterable[Site]) -> None:
        """From now on exactly these. Those that listen are told where rules have changed."""
        fresh, before = tuple(sites), self._by_id
        self._by_id = {site.site_id: site for site in fresh}
        self._by_key = {site.key: site for site in fresh}
        changed = {
            site.site_id
            for site in fresh
            if site.site_id in before and before[site.site_id].rules.version != site.rules.version
        }
        if changed:
            for listener in self._listeners:
                listener(changed)

    def on_change(self, listener: Listener) -> None:
        """From now on tell this one too."""
        self._listeners.append(listener)

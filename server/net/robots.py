"""Who says of itself that it is no person: the User-Agent against a list that others keep (PyPI: crawler-user-agents).

The header is read once, as a connection opens. It is never stored, logged or counted by: what stays is one of two words.
"""

import os
import re
from collections import OrderedDict
from functools import lru_cache
from hashlib import blake2b

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from core.records import ToldReason

_LONGEST = 512
"""No browser's is longer; a regular expression is never run over a peer's kilobytes."""

_KEPT = 4096
_CLIENTS = "http-library"
"""Libraries run no page's script. Who speaks our protocol with one is somebody's own client: a test of load, a shop's app."""

_AUTOMATION = "browser-automation"
"""A real browser that a program drives: the shop's own tests, or a scraper."""


class Robots:
    """Answers by User-Agent, remembered by a salted hash so that most handshakes cost no search.

    Holds at most `_KEPT` answers and drops the one that was asked for longest ago.
    """

    def __init__(self) -> None:
        self._salt = os.urandom(16)
        self._known: OrderedDict[bytes, ToldReason | None] = OrderedDict()

    def reason_of(self, user_agent: str) -> ToldReason | None:
        """`named`: a crawler, a monitor, a scanner. `automated`: a browser that is driven. None: nothing says so."""
        text = user_agent[:_LONGEST]
        key = blake2b(text.encode(errors="replace"), digest_size=8, key=self._salt).digest()
        try:
            self._known.move_to_end(key)
        except KeyError:
            self._known[key] = _search(text)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[key]


def _search(text: str) -> ToldReason | None:
    named, automated = _patterns()
    if automated.search(text):
        return "automated"
    return "named" if named.search(text) else None


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compiled at the first use, 30 ms: most verbs never need them."""
    named, automated = [], []
    for entry in CRAWLER_USER_AGENTS_DATA:
        tags = entry.get("tags", [])
        if _AUTOMATION in tags:
            automated.append(entry["pattern"])
        elif _CLIENTS not in tags:
            named.append(entry["pattern"])
    return re.compile("|".join(named)), re.compile("|".join(automated))

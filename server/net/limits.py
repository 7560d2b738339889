"""Who may open how many connections and how fast. Addresses are kept in memory only while they count, and never logged."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

from server.live.pace import Allowance

_ADDRESSES_KEPT = 50_000
"""Beyond this the address that was quiet longest is forgotten: memory is bounded, also under a flood."""


def client_address(request: web.Request, *, trusts_proxy: bool) -> str:
    """The client's address; behind a proxy of ours the last entry of X-Forwarded-For, since earlier ones can be forged."""
    forwarded = request.headers.get("X-Forwarded-For", "") if trusts_proxy else ""
    return forwarded.rpartition(",")[2].strip() or request.remote or ""


class ConnectionCount:
    """Open connections, in all and by address. This machine's own (a proxy, a simulator) count only in all."""

    def __init__(self, *, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._open = 0
        self._by_address: dict[str, int] = {}

    @property
    def open(self) -> int:
        return self._open

    def enter(self, address: str) -> str | None:
        """Count one in; or the reason why not: `too_many_connections`, `too_many_from_address`."""
        if self._open >= self._most:
            return "too_many_connections"
        mine = self._by_address.get(address, 0)
        if mine >= self._most_per_address and not _is_local(address):
            return "too_many_from_address"
        self._open += 1
        self._by_address[address] = mine + 1
        return None

    def leave(self, address: str) -> None:
        self._open -= 1
        left = self._by_address[address] - 1
        if left:
            self._by_address[address] = left
        else:
            del self._by_address[address]


class RequestRate:
    """An allowance per address, for requests that come without a connection of their own."""

    def __init__(self, *, per_s: float, burst: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._by_address: OrderedDict[str, Allowance] = OrderedDict()

    def takes(self, address: str) -> bool:
        """Is there room for one more now? Counts it if so. This machine's own are not limited, as in `ConnectionCount`."""
        if _is_local(address):
            return True
        now = self._now_s()
        allowance = self._by_address.pop(address, None)
        if allowance is None:
            allowance = Allowance(per_s=self._per_s, burst=self._burst, now_s=now)
        self._by_address[address] = allowance  # to the end: who was quiet longest is first
        if len(self._by_address) > _ADDRESSES_KEPT:
            self._by_address.popitem(last=False)
        return allowance.take(1, now)


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

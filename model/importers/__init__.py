"""One file per format in which sessions can be had. To add one: a file here with a `read`, a line in `IMPORTERS`, one in
`LABELS`, and what it reads in docs/importers.md.

Every importer gives the same thing, `dataset.Recorded`, so what learns and what measures never asks where data is from.
Formats that are files share `files` (rows and their places), `clean` (values), `address` (page kinds) and `visits` (rows
to sessions).
"""

from collections.abc import Callable, Iterable

from core.errors import ConfigError
from model.dataset import Recorded
from model.importers import ga4, postgres, rees46, retailrocket, segment, shop_a, simulated, snowplow
from model.importers.source import Source

Importer = Callable[[Source], Iterable[Recorded]]

IMPORTERS: dict[str, Importer] = {
    "simulated": simulated.read,
    "shop-a": shop_a.read,
    "postgres": postgres.read,
    "retailrocket": retailrocket.read,
    "rees46": rees46.read,
    "ga4-bigquery": ga4.read,
    "snowplow": snowplow.read,
    "segment": segment.read,
}

FILES = ("shop-a", "retailrocket", "rees46", "ga4-bigquery", "snowplow", "segment")
"""The formats whose PATH is a file or a folder and cannot be left out."""

LABELS = {
    "simulated": "simulated shoppers, seed {seed}, not your shop",
    "shop-a": "recorded page sequences, {path}",
    "postgres": "this shop's own sessions, {path}",
    "retailrocket": "RetailRocket events, {path}",
    "rees46": "REES46 events, {path}",
    "ga4-bigquery": "GA4 events, {path}",
    "snowplow": "Snowplow events, {path}",
    "segment": "Segment calls, {path}",
}
"""What a bundle says that it was trained on. `seed` and `path` (its last part) are filled in."""


def read(name: str, source: Source) -> Iterable[Recorded]:
    """The sessions of a source. Raises `ConfigError` where the format or the source is not there, with the next step."""
    importer = IMPORTERS.get(name)
    if importer is None:
        raise ConfigError(f"there is no format {name!r}. Next: use one of {', '.join(IMPORTERS)}.")
    return importer(source)

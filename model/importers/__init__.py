"""One file per format in which sessions can be had. To add one: a file here with a `read`, and a line in `IMPORTERS`.

Every importer gives the same thing, `dataset.Recorded`, so what learns and what measures never asks where data is from.
"""

from collections.abc import Callable, Iterable

from core.errors import ConfigError
from model.dataset import Recorded
from model.importers import postgres, shop_a, simulated
from model.importers.source import Source

Importer = Callable[[Source], Iterable[Recorded]]

IMPORTERS: dict[str, Importer] = {
    "simulated": simulated.read,
    "shop-a": shop_a.read,
    "postgres": postgres.read,
}


def read(name: str, source: Source) -> Iterable[Recorded]:
    """The sessions of a source. Raises `ConfigError` where the format or the source is not there, with the next step."""
    importer = IMPORTERS.get(name)
    if importer is None:
        raise ConfigError(f"there is no format {name!r}. Next: use one of {', '.join(IMPORTERS)}.")
    return importer(source)

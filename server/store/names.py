"""How a shop is named and where it may send from: ids from names, and origins in the one spelling that browsers send."""

import re
import unicodedata
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.rules_text import origin_of

_ID_LENGTH = 40
_MAX_ORIGINS = 50


def slug_of(name: str) -> str:
    """An id that is fit for a file name, a label and a URL: "Café Nord" is "cafe-nord"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_ID_LENGTH].strip("-")
    if not name.strip():
        raise ConfigError("a site needs a name. Next: fifthclick site add NAME --origin https://your-shop.")
    return slug or "shop"


def clean_origins(origins: list[str]) -> list[str]:
    """The origins as browsers write them, each once.

    Raises:
        ConfigError: none at all, too many, or one that is not scheme://host[:port].
    """
    cleaned = list(dict.fromkeys(_clean(origin) for origin in origins))
    if not cleaned:
        raise ConfigError("a site needs at least one origin. Next: add --origin https://your-shop.")
    if len(cleaned) > _MAX_ORIGINS:
        raise ConfigError(f"a site has at most {_MAX_ORIGINS} origins. Next: add another site for the others.")
    return cleaned


def _clean(text: str) -> str:
    origin = _with_ascii_host(origin_of(text.strip()))
    if not origin or "*" in origin:
        example = (
            "https://" + re.sub(r"^\W+|[/*\s].*$", "", text.split("://")[-1])
            if text.strip(" */:")
            else "https://your-shop"
        )
        raise ConfigError(f"{text!r} is not an origin. Next: write scheme and host in full, such as {example}.")
    parts = urlsplit(text.strip())
    if parts.path.strip("/") or parts.query or parts.username:
        raise ConfigError(f"{text!r} is more than an origin. Next: use {origin}.")
    return origin


def _with_ascii_host(origin: str) -> str:
    """Browsers send "https://xn--..." for a host with letters beyond ASCII."""
    try:
        return origin.encode("ascii").decode()
    except UnicodeEncodeError:
        scheme, _, host = origin.partition("://")
        try:
            return f"{scheme}://{host.encode('idna').decode()}"
        except UnicodeError:
            return ""

"""How a shop, its orders and the places that it sends from are named: ids from names, and origins as browsers write them."""

import re
import unicodedata
from hashlib import sha256
from urllib.parse import urlsplit

from core.errors import ConfigError
from core.rules_text import origin_of

_ID_LENGTH = 40
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""A made name of letters only is never taken for a card or a phone number."""

_MAX_ORIGINS = 50


def slug_of(name: str) -> str:
    """An id that is fit for a file name, a label and a URL: "Café Nord" is "cafe-nord"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_ID_LENGTH].strip("-")
    if not name.strip():
        raise ConfigError("a site needs a name. Next: fifthclick site add NAME --origin https://your-shop.")
    return slug or "shop"


def named_by_hash(kind: str, text: str) -> str:
    """A name for what has none that may be kept, the same one every time: `kind` and 24 letters."""
    return kind + sha256(text.encode()).hexdigest()[:24].translate(_LETTERS)


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

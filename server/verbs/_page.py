"""What a page's markup says about our tag: where it is, how it is spelt, and what else matters to it. Parses, never fetches."""

import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

_OUR_FILE = re.compile(r"/_fc/(?:v/[^/]+/)?t\.js(?:[?#]|$)")
_MANAGED = re.compile(
    r"""['"]?data-(site|host)['"]?\s*[,:=]\s*['"]([^'"]+)['"]|dataset\.(site|host)\s*=\s*['"]([^'"]+)['"]"""
)
_MANAGED_SRC = re.compile(
    r"""['"]([^'"\s]*/(?:_fc/(?:v/[^/'"]+/)?t\.js(?:\?[^'"\s]*)?|t\.js\?[^'"\s]*\bsite=[ps]k_[^'"\s]*))['"]"""
)
_FILE_OF_PLACE = re.compile(r"/(?:v/[^/]+/)?t\.js$")
_TAG_MANAGERS = (
    "googletagmanager.com/gtm.js",
    "googletagmanager.com/gtag/js",
    "/matomo.js",
    "/container_",
    "tags.tiqcdn.com",
)


class Tag(NamedTuple):
    """Our tag as it stands in the page. `src` and `host` are absolute; `kind` is the script's type attribute."""

    src: str
    key: str
    host: str
    kind: str = ""
    nonce: str = ""
    is_inline: bool = False


class Page(NamedTuple):
    """A page as a shopper's browser gets it. `url` is the address after redirects, `policies` are enforced CSPs."""

    url: str
    tags: tuple[Tag, ...]
    policies: tuple[str, ...]
    has_data_layer: bool
    has_tag_manager: bool
    has_commented_tag: bool

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}".lower()


def read_page(url: str, html: str, header_policies: tuple[str, ...] = ()) -> Page:
    """What the markup at `url` says. Broken markup is read as far as it goes."""
    reader = _Reader(url)
    reader.feed(html)
    reader.close()
    policies = [part.strip() for policy in (*header_policies, *reader.policies) for part in policy.split(",")]
    return Page(
        url=url,
        tags=tuple(reader.tags),
        policies=tuple(filter(None, policies)),
        has_data_layer="dataLayer" in reader.code or reader.has_tag_manager,
        has_tag_manager=reader.has_tag_manager,
        has_commented_tag=reader.has_commented_tag,
    )


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = url
        self.tags: list[Tag] = []
        self.policies: list[str] = []
        self.code = ""
        self.has_tag_manager = False
        self.has_commented_tag = False
        self._is_in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = _joined(self.base, values["href"])
        elif tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(values.get("content", ""))
        elif tag == "script":
            self._is_in_script = "src" not in values
            self._note_script(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._is_in_script = False

    def handle_data(self, data: str) -> None:
        if not self._is_in_script:
            return
        self.code += data
        self._note_manager(data)
        src = _MANAGED_SRC.search(data)
        if src:
            named = {a or c: b or d for a, b, c, d in _MANAGED.findall(data)}
            self._add(src[1], named.get("site", ""), named.get("host", ""), is_inline=True)

    def handle_comment(self, data: str) -> None:
        self.has_commented_tag |= "/_fc/" in data and "t.js" in data

    def _note_script(self, values: dict[str, str]) -> None:
        src = values.get("src", "")
        self._note_manager(src)
        # A tag with our attribute and another file's name is ours with a mistake in it.
        if _OUR_FILE.search(src) or values.get("data-site", "").startswith(("pk_", "sk_")):
            key, host = values.get("data-site", ""), values.get("data-host", "")
            self._add(src, key, host, kind=values.get("type", ""), nonce=values.get("nonce", ""))

    def _note_manager(self, text: str) -> None:
        self.has_tag_manager |= any(name in text for name in _TAG_MANAGERS)

    def _add(self, src: str, key: str, host: str, *, kind: str = "", nonce: str = "", is_inline: bool = False) -> None:
        whole = _joined(self.base, src)
        asked = dict(parse_qsl(whole.partition("?")[2]))
        # Without data-host the tag talks to where it came from.
        around, is_ours = _FILE_OF_PLACE.subn("", re.split("[?#]", whole)[0])
        given = host or asked.get("host", "")
        where = _joined(self.base, given) if given else (around if is_ours else "")
        self.tags.append(Tag(whole, key or asked.get("site", ""), where.rstrip("/"), kind, nonce, is_inline))


def _joined(base: str, url: str) -> str:
    """The whole address, or what stands there where it is none: that is said later, with the tag."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url

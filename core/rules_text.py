"""A merchant's rules as TOML text: read, and refused with file, line and the nearest valid word for every mistake at once.

The text has the shape of `core.rules.Rules`: [goals.NAME], [segments], [pacing], [arms], and one [[actions]] each with
its [actions.action]. Nothing is read from disk here, and salts and version are not the text's to set (`rules.bind`).
"""

import re
import tomllib
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from core.actions import EmailCapture
from core.errors import ConfigError
from core.rules import Rules
from core.rules_check import Mistake, shape_mistakes
from core.rules_sense import sense_mistakes
from core.toml_lines import line_at, lines_of

MAX_TEXT_BYTES = 256 * 1024
"""Rules are read by every worker at each change; a hundred actions take a tenth of this."""

OWN_PATH = "/_fc"
"""Where our server answers on a shop's own host (CONVENTIONS: first-party prefix)."""

_PARSER_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class RulesRefused(ConfigError):
    """Rules that cannot be used. The message has one line for each mistake, each with file and line.

    Attributes:
        mistakes: (line or None, sentence) in the order of the file.
    """

    def __init__(self, mistakes: Sequence[tuple[int | None, str]], *, file: str = "") -> None:
        self.mistakes = tuple(mistakes)
        (first_line, first), *others = self.mistakes
        rest = [str(ConfigError(message, file=file, line=line)) for line, message in others]
        super().__init__("\n".join([first, *rest]), file=file, line=first_line)


def parse_rules(text: str, file: str = "") -> Rules:
    """The rules that this text says, not yet bound to a site.

    Raises:
        RulesRefused: a ConfigError that names every mistake with its line and the nearest valid word.
    """
    try:
        data = _read(text, file)
        mistakes = [*shape_mistakes(data), *sense_mistakes(data)]
        if mistakes:
            raise _refusal(text, mistakes, file)
        return msgspec.convert(data, Rules)
    except RecursionError:
        raise RulesRefused([(None, "brackets are nested too deeply. Next: see docs/merchant.md.")], file=file) from None
    except msgspec.ValidationError as error:
        raise RulesRefused([(None, f"{error}.")], file=file) from None


def check_rules_for_site(
    text: str, rules: Rules, *, origins: Sequence[str], our_base_url: str = "", file: str = ""
) -> None:
    """Refuse what is wrong for this site only: a form that would bring an e-mail address to us, or send it unprotected.

    Raises:
        RulesRefused: as `parse_rules`.
    """
    mistakes = []
    for place, rule in enumerate(rules.actions):
        if isinstance(rule.action, EmailCapture):
            why = _form_fault(rule.action.form_url, origins, our_base_url)
            if why:
                mistakes.append(Mistake(("actions", place, "action", "form_url"), why))
    if mistakes:
        raise _refusal(text, mistakes, file)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address as browsers write an Origin; "" where it has none.

    Default ports are left out and letters are small, so that two spellings of one origin are equal.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port is None or (parts.scheme, port) in (("http", 80), ("https", 443))
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{port}")


def _form_fault(form_url: str, origins: Sequence[str], our_base_url: str) -> str:
    form_origin = origin_of(form_url)
    if not form_origin:
        return f"form_url {form_url!r} is not a whole address. Next: write it as https://your-shop/your-form."
    shops = {origin_of(origin) for origin in origins}
    path = urlsplit(form_url).path
    is_ours = form_origin == origin_of(our_base_url) and form_origin not in shops
    if is_ours or (path + "/").startswith(OWN_PATH + "/"):
        return (
            "form_url points at this server, which must never receive an e-mail address. "
            "Next: name your own form's or your mailing service's address."
        )
    if form_origin.startswith("http:") and any(shop.startswith("https:") for shop in shops):
        return "form_url is http:// while the shop is https://, so the address would travel in the open. Next: use https://."
    return ""


def _read(text: str, file: str) -> dict[str, object]:
    if len(text) > MAX_TEXT_BYTES:
        raise RulesRefused([(None, f"the file is over {MAX_TEXT_BYTES // 1024} KiB. Next: split the shop.")], file=file)
    try:
        text.encode()
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PARSER_PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1 if place else None
        said = _PARSER_PLACE.sub("", str(error))
        message = f"this is not TOML: {said[:1].lower()}{said[1:]}. Next: look at this line and the one above it."
        raise RulesRefused([(line, message)], file=file) from None
    except ValueError as error:
        # Half a character, or a number of thousands of digits: Python's own words say which.
        raise RulesRefused([(None, f"cannot be read: {error}.")], file=file) from None


def _refusal(text: str, mistakes: Sequence[Mistake], file: str) -> RulesRefused:
    lines = lines_of(text)
    found = sorted(((line_at(lines, m.path), m.message) for m in mistakes), key=lambda pair: pair[0] or 0)
    return RulesRefused(found, file=file)

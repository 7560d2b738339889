"""What a test reads off a page of the shop: its type, and the events that it pushes to `dataLayer` while loading."""

import json
import re
from typing import Any

Push = dict[str, Any]


def pushes_of(html: str) -> list[Push]:
    return [json.loads(line) for line in re.findall(r"^dataLayer\.push\((\{\".*\})\);$", html, re.MULTILINE)]


def page_type_of(html: str) -> str:
    return attribute("data-fc-page-type", html)


def attribute(name: str, html: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', html)
    return found.group(1) if found else ""

"""Whether a page's Content-Security-Policy lets our script load and connect. The part of CSP level 3 that a tag meets."""

from urllib.parse import SplitResult, urlsplit

_FALLBACK = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
}
_SECURE = {"http": ("http", "https"), "ws": ("ws", "wss", "http", "https"), "wss": ("wss", "https")}
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def blocking_directive(policy: str, purpose: str, url: str, *, page_url: str, nonce: str = "") -> str | None:
    """The directive of this policy that forbids `url`, as it stands there, or None where it is allowed.

    `purpose` is script-src-elem or connect-src. Hashes of scripts are not looked at: the tag changes with each release.
    """
    directives = _directives(policy)
    name = next((name for name in _FALLBACK[purpose] if name in directives), None)
    if name is None:
        return None
    sources = directives[name]
    is_allowed = _is_script_trusted(sources, nonce) if purpose.startswith("script") else None
    if is_allowed is None:
        is_allowed = any(_matches(source, urlsplit(url), urlsplit(page_url)) for source in sources)
    return None if is_allowed else f"{name} {' '.join(sources)}".strip()


def _directives(policy: str) -> dict[str, list[str]]:
    """Sources by directive. A directive that is repeated counts the first time only."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split() or [""]
        if name:
            found.setdefault(name.lower(), sources)
    return found


def _is_script_trusted(sources: list[str], nonce: str) -> bool | None:
    """True by its nonce; False where only trust counts ('strict-dynamic') and it has none; None where the host decides."""
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    return False if "'strict-dynamic'" in sources else None


def _matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    if source == "*":
        return url.scheme in ("http", "https", page.scheme, _socket_scheme(page.scheme))
    if source.lower() == "'self'":
        is_same_place = (url.hostname, _port(url)) == (page.hostname, _port(page))
        return is_same_place and url.scheme in (page.scheme, "https", "wss", _socket_scheme(page.scheme))
    if source.startswith("'"):
        return False
    if source.endswith(":"):
        return _is_scheme_covered(source[:-1].lower(), url.scheme)
    return _host_matches(source, url, page)


def _host_matches(source: str, url: SplitResult, page: SplitResult) -> bool:
    has_scheme = "://" in source
    parts = urlsplit(source if has_scheme else f"//{source}")
    host, _, port = parts.netloc.lower().partition(":")
    covered = [parts.scheme.lower()] if has_scheme else [page.scheme, _socket_scheme(page.scheme)]
    return (
        any(_is_scheme_covered(scheme, url.scheme) for scheme in covered)
        and _is_host_covered(host, url.hostname or "")
        and (port == "*" or (int(port) if port.isdigit() else _PORTS.get(url.scheme)) == _port(url))
        and _is_path_covered(parts.path, url.path)
    )


def _is_scheme_covered(allowed: str, scheme: str) -> bool:
    """A policy that allows a scheme allows its secure form too. That https covers wss is not so in every browser."""
    return scheme in _SECURE.get(allowed, (allowed,))


def _is_host_covered(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return pattern in ("*", host)


def _is_path_covered(allowed: str, path: str) -> bool:
    if allowed in ("", "/"):
        return True
    return path.startswith(allowed) if allowed.endswith("/") else path == allowed


def _socket_scheme(scheme: str) -> str:
    return {"http": "ws", "https": "wss"}.get(scheme, scheme)


def _port(url: SplitResult) -> int | None:
    return url.port or _PORTS.get(url.scheme)

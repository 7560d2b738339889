"""What a Content-Security-Policy lets our tag do."""

import pytest

from server.verbs._csp import blocking_directive

SCRIPT = "https://fc.example/_fc/t.js"
SOCKET = "wss://fc.example/_fc/v1/stream"
PAGE = "https://shop.example/cart"


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "img-src 'none'",
        "script-src *",
        "script-src https:",
        "script-src fc.example",
        "script-src https://fc.example",
        "script-src http://fc.example",
        "script-src *.example",
        "script-src https://fc.example:443/_fc/",
        "script-src https://fc.example:*",
        "script-src 'self' 'unsafe-inline' https://fc.example",
        "default-src 'none'; script-src fc.example",
        "script-src 'none'; script-src-elem fc.example",
        "SCRIPT-SRC fc.example; script-src 'none'",
        "script-src 'nonce-abc' 'strict-dynamic'",
        "script-src 'nonce-abc'",
    ],
)
def test_a_policy_that_allows_the_script(policy: str) -> None:
    assert blocking_directive(policy, "script-src-elem", SCRIPT, page_url=PAGE, nonce="abc") is None


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        ("script-src 'self'", "script-src 'self'"),
        ("default-src 'self'", "default-src 'self'"),
        ("default-src *; script-src 'none'", "script-src 'none'"),
        ("script-src", "script-src"),
        ("script-src other.example", "script-src other.example"),
        ("script-src *.fc.example", "script-src *.fc.example"),
        ("script-src https://fc.example:8443", "script-src https://fc.example:8443"),
        ("script-src https://fc.example/other/", "script-src https://fc.example/other/"),
        ("script-src 'nonce-other'", "script-src 'nonce-other'"),
        ("script-src fc.example 'strict-dynamic'", "script-src fc.example 'strict-dynamic'"),
        ("script-src data:", "script-src data:"),
    ],
)
def test_a_policy_that_blocks_the_script_is_quoted(policy: str, line: str) -> None:
    assert blocking_directive(policy, "script-src-elem", SCRIPT, page_url=PAGE) == line


@pytest.mark.parametrize(
    "policy", ["connect-src *", "connect-src wss:", "connect-src wss://fc.example", "connect-src fc.example"]
)
def test_a_policy_that_allows_the_socket(policy: str) -> None:
    assert blocking_directive(policy, "connect-src", SOCKET, page_url=PAGE) is None


@pytest.mark.parametrize("policy", ["connect-src 'self'", "connect-src https://fc.example", "default-src 'self'"])
def test_a_policy_that_blocks_the_socket_in_some_browser_is_named(policy: str) -> None:
    assert blocking_directive(policy, "connect-src", SOCKET, page_url=PAGE) == policy


def test_self_covers_the_socket_of_a_shop_that_has_our_server_on_its_own_host() -> None:
    own = "wss://shop.example/_fc/v1/stream"
    assert blocking_directive("connect-src 'self'", "connect-src", own, page_url=PAGE) is None
    assert (
        blocking_directive("connect-src 'self'", "connect-src", own + ":8", page_url="https://b.example/") is not None
    )

"""The tag that a merchant pastes, in its three forms. Nothing else prints it, so that it is spelt alike everywhere."""

from html import escape


def script_tag(base_url: str, key: str) -> str:
    """The one line for the page's head."""
    host = escape(base_url, quote=True)
    return f'<script async src="{host}/_fc/t.js" data-site="{key}" data-host="{host}/_fc"></script>'


def tag_manager_form(base_url: str, key: str) -> str:
    """For tag managers that strip data-* attributes from a pasted tag, or take code only."""
    src = f"{base_url}/_fc/t.js?site={key}"
    return (
        "<script>(function (d, s) { s = d.createElement('script'); s.async = true; "
        f"s.src = '{src}'; d.head.appendChild(s) }})(document)</script>"
    )


def queue_stub() -> str:
    """One optional line before the tag, so that calls made before it has loaded are kept."""
    return (
        "<script>window.fifthclick = window.fifthclick || function () "
        "{ (fifthclick.q = fifthclick.q || []).push(arguments) }</script>"
    )

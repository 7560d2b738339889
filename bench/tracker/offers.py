"""One offer of each kind that the shop is shown, as a server would send them."""

from typing import Any

_WORDS = {"button": "Show me", "decline": "No, thanks"}

OFFERS: dict[str, dict[str, Any]] = {
    "content": {"type": "content", "title": "How to choose a size", "text": "Two minutes.", "url": "/guide", **_WORDS},
    "assistance": {"type": "assistance", "title": "A question on shipping?", "text": "Ask us.", **_WORDS},
    "upsell": {
        "type": "upsell",
        "title": "Goes well with it",
        "pick": "also_bought",
        "product": {"title": "Halo stand", "price_minor": 4900, "currency": "EUR", "image_url": "/image/7.svg"},
        **_WORDS,
    },
    "free_shipping": {
        "type": "free_shipping",
        "title": "Free shipping",
        "text": "{amount} to go.",
        "threshold_minor": 5000,
        "to_go_minor": 1250,
        "currency": "EUR",
        **_WORDS,
    },
    "social_proof": {
        "type": "social_proof",
        "title": "{count} people bought this",
        "count": 1204,
        "hours": 24,
        **_WORDS,
    },
    "email_capture": {
        "type": "email_capture",
        "title": "A letter a month",
        "label": "E-mail address",
        "field_name": "email",
        "consent": "For the letter and nothing else.",
        "form_url": "/newsletter",
        **_WORDS,
    },
}

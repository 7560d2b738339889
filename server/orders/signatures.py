"""Who a body of bytes is from: signatures over the raw bytes, checked before anything in them is read."""

import base64
import hmac
from collections.abc import Mapping
from typing import Literal

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

Kind = Literal["api", "standard", "shopify", "woocommerce"]

HEADERS: dict[Kind, str] = {
    "api": "Authorization",
    "standard": "webhook-signature",
    "shopify": "X-Shopify-Hmac-Sha256",
    "woocommerce": "X-WC-Webhook-Signature",
}
"""By which header each way of telling is known."""


def is_signed(kind: Kind, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether who knows `secret` has sent these bytes; with Standard Webhooks, within the last five minutes.

    Source: https://www.standardwebhooks.com (version 1.0.0); Shopify and WooCommerce both send base64 of HMAC-SHA256 of the body
    with the secret's text as key.
    """
    if kind == "standard":
        return _is_standard(secret, headers, body)
    try:
        given = base64.b64decode(headers.get(HEADERS[kind], ""), validate=True)
    except ValueError:
        return False
    return hmac.compare_digest(given, hmac.digest(secret.encode(), body, "sha256"))


def _is_standard(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: a header that is no list of signatures, or a body that is no text.
        return False
    return True

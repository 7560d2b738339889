"""The token of a preview link: who holds it may see one action, or ask why none is shown, in a visit that counts nowhere.

It is sealed for its site and ends after a day. What it shows is not in it: it names a version of the rules that this site's
server has (`core.preview`), so a link holds no rules, and a changed draft needs a new link.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from core.errors import FifthClickError
from server.sealed import NotSealed, Sealing

LIFETIME_MS = 24 * 60 * 60 * 1000
_PURPOSE = b"fifthclick preview"

WORDS: dict[str, str] = {
    "preview": "This is a preview: nothing of this visit is counted.",
    "preview_expired": "The preview link is over a day old. This visit is an ordinary one and counts.",
    "preview_forged": "The preview link is not one of this shop's. This visit is an ordinary one and counts.",
    "preview_unknown": "The server does not have what the preview link names: it was replaced by later ones, or the server was"
    " updated, or the link is seconds old. This visit is an ordinary one and counts.",
    "preview_late": "This visit was begun before the server had what the preview link names. It goes on as an ordinary one and"
    " counts. Next: close the tab, and open the link again.",
}
"""What the page is told of its link, by reason."""


class PreviewRefused(FifthClickError):
    """A token that shows nothing; the visit is an ordinary one.

    Attributes:
        reason: a key of `WORDS`; safe as a metric label.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Preview(Struct, frozen=True, array_like=True):
    """`version`: of the rules that hold the previewed action; empty for a visit that only asks why."""

    expires_ms: int
    version: str = ""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Preview).decode


class PreviewSealer:
    """Seals with one key and opens with every one. `keys`: 32 random bytes by key id."""

    def __init__(self, keys: Mapping[int, bytes], *, sealing_key_id: int) -> None:
        self._sealing = Sealing(keys, sealing_key_id=sealing_key_id, purpose=_PURPOSE)

    def seal(self, preview: Preview, *, site_id: str) -> str:
        """The token as it stands in a link: it opens for this site alone."""
        return self._sealing.seal(_encode(preview), whose=site_id.encode())

    def open(self, text: str, *, site_id: str, now_ms: int) -> Preview:
        """What was sealed for this site.

        Raises:
            PreviewRefused: for any reason at all; no text can raise anything else.
        """
        try:
            preview = _decode(self._sealing.open(text, whose=site_id.encode()))
        except (NotSealed, msgspec.MsgspecError):
            raise PreviewRefused("preview_forged") from None
        if preview.expires_ms <= now_ms:
            raise PreviewRefused("preview_expired")
        return preview

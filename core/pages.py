"""The kinds of page that a shop has, and a place for those that we have no name for."""

from zlib import crc32

PAGE_TYPES = (
    "home", "listing", "product", "search", "cart", "shipping", "checkout", "payment", "confirmation",
    "account", "blog", "faq", "help", "pricing", "case_study", "content",
)  # fmt: skip
HASHED_BUCKETS = 8
PAGE_BUCKET_COUNT = 1 + len(PAGE_TYPES) + HASHED_BUCKETS

PAGE_CODE_COUNT = 4096
"""Codes tell words of a shop's own apart, which the few buckets of a session's state cannot."""

_known = {name: 1 + i for i, name in enumerate(PAGE_TYPES)}


def page_bucket(page_type: str) -> int:
    """A number in 0..PAGE_BUCKET_COUNT-1: 0 for no page yet, one each for known types, 8 shared by all other words.

    A shop with a vocabulary of its own (data without names, say) so keeps up to eight kinds apart, by CRC-32.
    """
    if not page_type:
        return 0
    known = _known.get(page_type)
    return known if known is not None else 1 + len(PAGE_TYPES) + crc32(page_type.encode()) % HASHED_BUCKETS


def page_code(page_type: str) -> int:
    """A number in 0..PAGE_CODE_COUNT-1, as `page_bucket` but with room for any vocabulary.

    Which codes a model knows is its bundle's business; the others are one kind to it.
    """
    if not page_type:
        return 0
    known, first = _known.get(page_type), 1 + len(PAGE_TYPES)
    return known if known is not None else first + crc32(page_type.encode()) % (PAGE_CODE_COUNT - first)

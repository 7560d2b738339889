"""Any event at all: strategies made from the schema itself, so that a new event type is covered the day that it is added."""

from functools import lru_cache
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from core import events as ev

_LARGE = 2**53


def _of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.IntType(ge=low, le=high):
            return st.integers(_LARGE * -1 if low is None else low, _LARGE if high is None else high)
        case inspect.StrType(pattern=pattern, max_length=longest):
            return _text(pattern or "", longest or 48)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.UnionType(types=types):
            return st.one_of([_of(t) for t in types])
        case inspect.VarTupleType(item_type=item, max_length=longest):
            return st.lists(_of(item), max_size=min(3, longest or 3)).map(tuple)
        case inspect.StructType(cls=cls, fields=fields):
            return st.builds(cls, **{f.name: _of(f.type) for f in fields})
    raise NotImplementedError(f"no strategy for {kind}: add one beside the others")


def _text(pattern: str, longest: int) -> st.SearchStrategy[str]:
    if not pattern.endswith("*$"):
        return st.from_regex(pattern, fullmatch=True)
    one = pattern.removeprefix("^").removesuffix("*$")
    return st.lists(st.from_regex(one, fullmatch=True), max_size=longest).map("".join)


@lru_cache
def events_of(kind: type[ev.Event]) -> st.SearchStrategy[ev.Event]:
    """Any event of this type that the schema allows; money comes with its currency."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    fields = {f.name: _of(f.type) for f in info.fields}
    if "currency" in fields:
        fields["currency"] = st.sampled_from(["EUR", "USD", "JPY"])
    return st.builds(kind, **fields)


def any_event() -> st.SearchStrategy[ev.Event]:
    return st.sampled_from(ev.EVENT_TYPES).flatmap(events_of)


@st.composite
def journeys(draw: st.DrawFn, *, longest: int = 25) -> list[tuple[bytes, ev.Event]]:
    """Events of up to three streams: seqs rise by one within each, clocks jump as they like."""
    streams = [bytes([i]) * 14 for i in range(3)]
    last = dict.fromkeys(streams, 0)
    made: list[tuple[bytes, ev.Event]] = []
    for event in draw(st.lists(any_event(), min_size=1, max_size=longest)):
        stream = draw(st.sampled_from(streams))
        last[stream] += 1
        made.append((stream, msgspec.structs.replace(event, seq=last[stream])))
    return made

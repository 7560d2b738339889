"""How a field's type is said: in TypeScript for the tracker, in words for docs/protocol.md."""

from typing import Any, get_args

from msgspec import inspect


def is_optional(field: inspect.Field) -> bool:
    """Whether the field may be left off at the end of an array."""
    return not field.required


def max_length(annotated: Any) -> int:
    """The longest text that a kind of text from core.fields admits."""
    meta = get_args(annotated)[1]
    return int(meta.max_length)


def typescript(kind: inspect.Type) -> str:
    """The type as the tracker's own code sees it."""
    match kind:
        case inspect.UnionType(types=types):
            return " | ".join(typescript(t) for t in types)
        case inspect.NoneType():
            return "null | undefined"
        case inspect.LiteralType(values=values):
            return " | ".join(f"'{v}'" for v in values)
        case inspect.StrType():
            return "string"
        case inspect.BoolType():
            return "boolean"
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.VarTupleType(item_type=inspect.StructType(cls=cls)):
            return f"{cls.__name__}[]"
    raise TypeError(f"no TypeScript for {kind}. Next: add a case to tools/wording.py")


def words(kind: inspect.Type) -> str:
    """The type in words, with its limits."""
    match kind:
        case inspect.UnionType(types=types):
            return " or ".join(words(t) for t in types)
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(f"`{v}`" for v in values)
        case inspect.StructType(cls=cls):
            return f"[{cls.__name__}](#{cls.__name__.lower()})"
        case inspect.TupleType(item_types=parts):
            return "[" + ", ".join(words(p) for p in parts) + "]"
        case inspect.VarTupleType(item_type=item, max_length=most) | inspect.ListType(item_type=item, max_length=most):
            return (f"at most {most} times " if most else "any number of ") + words(item)
    return _scalar(kind)


def _scalar(kind: inspect.Type) -> str:
    match kind:
        case inspect.StrType(max_length=length, pattern=pattern):
            limit = f" of at most {length} characters" if length else ""
            shape = f" like `{pattern}`".replace("|", "\\|") if pattern else ""
            return f"text{limit}{shape}"
        case inspect.BytesType(min_length=least, max_length=most):
            return "bytes" if most is None else f"{most} bytes" if least == most else f"at most {most} bytes"
        case inspect.IntType(ge=least, le=most):
            return f"integer {least} to {most}" if least is not None and most is not None else "integer"
    name = _PLAIN.get(type(kind))
    if name is None:
        raise TypeError(f"no words for {kind}. Next: add a case to tools/wording.py")
    return name


_PLAIN: dict[type, str] = {
    inspect.NoneType: "nil",
    inspect.BoolType: "true or false",
    inspect.FloatType: "number",
    inspect.DictType: "map",
    inspect.RawType: "an event",
}

"""Product pictures, drawn as SVG from a `Look`: no photographs, no files, no other host."""

from collections.abc import Callable

from demo.catalogue import Look

VIEWS = ("front", "detail", "box")
"""The pictures of every product, in gallery order."""

SIZE = 640


def picture(look: Look, view: str) -> str:
    """One square SVG picture. Views that are not in `VIEWS` are drawn as the front."""
    if view == "box":
        drawing = _box(look)
    elif view == "detail":
        x, y = (-460, -340) if look.kind in ("over-ear", "on-ear") else (-240, -300)
        drawing = f'<g transform="translate({x} {y}) scale(1.75)">{_DRAWINGS[look.kind](look)}</g>'
    else:
        drawing = _DRAWINGS[look.kind](look)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f"{_defs(look)}"
        f'<rect width="{SIZE}" height="{SIZE}" fill="{look.ground}"/>'
        f'<circle cx="320" cy="300" r="250" fill="#fff" opacity=".45"/>{drawing}</svg>'
    )


def _defs(look: Look) -> str:
    return (
        "<defs>"
        f'<linearGradient id="body" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{_mixed(look.body, 255, 0.28)}"/>'
        f'<stop offset=".55" stop-color="{look.body}"/><stop offset="1" stop-color="{_mixed(look.body, 0, 0.3)}"/></linearGradient>'
        f'<linearGradient id="accent" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{_mixed(look.accent, 255, 0.3)}"/>'
        f'<stop offset="1" stop-color="{_mixed(look.accent, 0, 0.15)}"/></linearGradient>'
        f'<radialGradient id="soft"><stop offset="0" stop-color="{_mixed(look.body, 0, 0.55)}"/>'
        f'<stop offset="1" stop-color="{_mixed(look.body, 0, 0.35)}"/></radialGradient>'
        '<radialGradient id="shadow"><stop offset="0" stop-color="#000" stop-opacity=".28"/>'
        '<stop offset="1" stop-color="#000" stop-opacity="0"/></radialGradient></defs>'
    )


def _mixed(colour: str, towards: int, share: float) -> str:
    """`colour` (#rrggbb) moved by `share` towards black (0) or white (255)."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(p + (towards - p) * share):02x}" for p in parts)


def _shadow(cx: int, cy: int, rx: int, ry: int = 22) -> str:
    return f'<ellipse cx="{cx}" cy="{cy}" rx="{rx}" ry="{ry}" fill="url(#shadow)"/>'


def _cup(x: int, width: int, height: int, cushion_x: int) -> str:
    y = 345 - height // 2 + 40
    return (
        f'<rect x="{cushion_x}" y="{y + 8}" width="46" height="{height - 16}" rx="23" fill="url(#soft)"/>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{width // 2}" fill="url(#body)"/>'
        f'<rect x="{x + width // 2 - 9}" y="{y + 34}" width="18" height="{height - 68}" rx="9" fill="url(#accent)"/>'
    )


def _headphones(cup_width: int, cup_height: int, arc: int) -> str:
    left, right = 140, 500 - cup_width
    return (
        _shadow(320, 530, 190)
        + f'<path d="M{left + cup_width // 2} 350 C{left + cup_width // 2} {arc} {right + cup_width // 2} {arc} '
        f'{right + cup_width // 2} 350" fill="none" stroke="url(#body)" stroke-width="30" stroke-linecap="round"/>'
        f'<path d="M{left + cup_width // 2 + 46} 232 C235 {arc + 62} 405 {arc + 62} {right + cup_width // 2 - 46} 232" '
        'fill="none" stroke="url(#soft)" stroke-width="22" stroke-linecap="round"/>'
        f'<path d="M{left + cup_width // 2} 300 v34 M{right + cup_width // 2} 300 v34" stroke="url(#accent)" stroke-width="14" '
        'stroke-linecap="round"/>' + _cup(left, cup_width, cup_height, left + cup_width - 18)
        + _cup(right, cup_width, cup_height, right - 28)
    )  # fmt: skip


def _over_ear(_: Look) -> str:
    return _headphones(86, 216, 10)


def _on_ear(_: Look) -> str:
    return _headphones(74, 156, 40)


def _bud(x: int, turn: int) -> str:
    return (
        f'<g transform="translate({x} 250) rotate({turn})">'
        '<rect x="-22" y="10" width="44" height="150" rx="22" fill="url(#body)"/>'
        '<circle r="62" fill="url(#body)"/><circle r="40" fill="url(#soft)"/><circle r="20" fill="url(#accent)"/>'
        '<rect x="-5" y="92" width="10" height="46" rx="5" fill="url(#accent)"/></g>'
    )


def _earbuds(_: Look) -> str:
    return (
        _shadow(320, 540, 190) + '<rect x="190" y="400" width="260" height="130" rx="60" fill="url(#body)"/>'
        '<path d="M190 452 h260" stroke="#000" stroke-opacity=".25" stroke-width="3"/>'
        '<circle cx="320" cy="492" r="7" fill="url(#accent)"/>' + _bud(240, 14) + _bud(400, -14)
    )


def _speaker(_: Look) -> str:
    dots = "".join(
        f'<circle cx="{x}" cy="{y}" r="3.2"/>'
        for y in range(196, 470, 15)
        for x in range(214 + (y // 15 % 2) * 7, 432, 15)
    )
    return (
        _shadow(320, 545, 190) + '<rect x="176" y="120" width="288" height="420" rx="34" fill="url(#body)"/>'
        '<rect x="198" y="178" width="244" height="306" rx="20" fill="url(#accent)"/>'
        f'<g fill="#fff" opacity=".22">{dots}</g>'
        '<circle cx="320" cy="390" r="74" fill="none" stroke="#fff" stroke-opacity=".18" stroke-width="5"/>'
        '<circle cx="320" cy="248" r="34" fill="none" stroke="#fff" stroke-opacity=".18" stroke-width="5"/>'
        '<rect x="284" y="142" width="72" height="12" rx="6" fill="#000" opacity=".25"/>'
        '<circle cx="320" cy="512" r="6" fill="#fff" opacity=".7"/>'
    )


def _pebble(_: Look) -> str:
    return (
        _shadow(320, 500, 220)
        + '<path d="M120 360 C120 240 220 190 320 190 S520 240 520 360 S430 490 320 490 S120 460 120 360Z" fill="url(#body)"/>'
        '<path d="M160 350 C170 270 240 232 320 232 S470 270 480 350" fill="none" stroke="#fff" stroke-opacity=".3" '
        'stroke-width="6" stroke-linecap="round"/>'
        '<g fill="url(#accent)"><rect x="300" y="288" width="40" height="8" rx="4"/>'
        '<rect x="316" y="272" width="8" height="40" rx="4"/>'
        '<rect x="220" y="292" width="34" height="8" rx="4"/><circle cx="410" cy="296" r="11"/></g>'
        '<path d="M505 300 q60 -10 42 60" fill="none" stroke="url(#accent)" stroke-width="10" stroke-linecap="round"/>'
    )


def _stand(_: Look) -> str:
    return (
        _shadow(320, 545, 180) + '<ellipse cx="320" cy="520" rx="150" ry="30" fill="url(#accent)"/>'
        '<ellipse cx="320" cy="510" rx="150" ry="30" fill="url(#body)"/>'
        '<rect x="306" y="166" width="28" height="346" rx="14" fill="url(#body)"/>'
        '<rect x="313" y="176" width="5" height="320" rx="2" fill="#fff" opacity=".25"/>'
        '<path d="M226 190 C250 120 390 120 414 190" fill="none" stroke="url(#accent)" stroke-width="34" stroke-linecap="round"/>'
    )


def _cable(_: Look) -> str:
    rings = [
        f'<ellipse cx="320" cy="{310 + i * 9}" rx="{176 - i * 5}" ry="{118 - i * 4}" fill="none" ' for i in range(5)
    ]
    turns = "".join(
        f'{ring}stroke="url(#body)" stroke-width="13"/>'
        f'{ring}stroke="url(#accent)" stroke-width="3" stroke-dasharray="6 10"/>'
        for ring in rings
    )
    return (
        _shadow(320, 480, 220)
        + turns
        + '<path d="M470 400 C520 440 520 480 470 510" fill="none" stroke="url(#body)" stroke-width="13" stroke-linecap="round"/>'
        '<rect x="420" y="492" width="62" height="34" rx="10" fill="url(#accent)"/>'
        '<rect x="386" y="500" width="38" height="18" rx="6" fill="#9aa0a6"/>'
        '<rect x="292" y="236" width="56" height="190" rx="16" fill="url(#soft)" opacity=".85"/>'
    )


def _case(_: Look) -> str:
    return (
        _shadow(320, 515, 210)
        + '<path d="M130 350 C130 220 200 160 320 160 S510 220 510 350 C510 470 440 505 320 505 S130 470 130 350Z" '
        'fill="url(#body)"/>'
        '<path d="M136 330 C200 372 440 372 504 330" fill="none" stroke="#000" stroke-opacity=".28" stroke-width="5"/>'
        '<path d="M138 342 C200 384 440 384 502 342" fill="none" stroke="#fff" stroke-opacity=".35" stroke-width="3" '
        'stroke-dasharray="9 9"/>'
        '<rect x="292" y="346" width="56" height="42" rx="12" fill="url(#accent)"/>'
    )


def _box(look: Look) -> str:
    return (
        _shadow(320, 530, 230)
        + f'<path d="M130 250 L320 180 L510 250 L320 324Z" fill="{_mixed(look.ground, 0, 0.12)}"/>'
        f'<path d="M130 250 V450 L320 530 V324Z" fill="{_mixed(look.ground, 0, 0.22)}"/>'
        f'<path d="M510 250 V450 L320 530 V324Z" fill="{_mixed(look.ground, 0, 0.3)}"/>'
        '<path d="M175 331 L275 372" stroke="url(#accent)" stroke-width="9" stroke-linecap="round"/>'
        '<path d="M175 356 L240 383" stroke="url(#body)" stroke-width="7" stroke-linecap="round" opacity=".7"/>'
        f'<g transform="translate(188 60) scale(.41)">{_DRAWINGS[look.kind](look)}</g>'
    )


_DRAWINGS: dict[str, Callable[[Look], str]] = {
    "over-ear": _over_ear,
    "on-ear": _on_ear,
    "earbuds": _earbuds,
    "speaker": _speaker,
    "pebble": _pebble,
    "stand": _stand,
    "cable": _cable,
    "case": _case,
}

"""One offer of each action type, as the server would send it: what the contact sheets show and the drawing tests draw.

A test holds them to `core.actions.ACTION_TYPES`: a new type is drawn, looked at and checked once it has a sample here.
"""

from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from core.actions import (
    Action,
    Assistance,
    ByCode,
    Content,
    CrossSell,
    EmailCapture,
    FreeShipping,
    Incentive,
    Loyalty,
    Satisfaction,
    Shape,
    SocialProof,
    Store,
    StoreFinder,
    Texts,
    Upsell,
    params_of,
    type_of,
)

SHOP = "https://shop.test"
SLOT = "beside-price"
SHAPES: tuple[Shape, ...] = get_args(Shape)


def _ar(**texts: str) -> dict[str, Texts]:
    return {"ar": Texts(decline="لا، شكرًا", **texts)}


ACTIONS: tuple[Action, ...] = (
    FreeShipping(
        title="{amount} more and shipping is on us",
        text="It is taken off at the checkout.",
        button="Use the code",
        threshold_minor=5000,
        terms_url=f"{SHOP}/shipping",
        honour=ByCode(code="SHIPFREE"),
        texts=_ar(title="أضف {amount} ليصبح الشحن مجانيًا", text="يُخصم عند إتمام الشراء.", button="استخدم الرمز"),
    ),
    Incentive(
        title="10 % off your first order",
        text="Type the code in at the checkout.",
        button="Copy the code",
        terms_url=f"{SHOP}/terms",
        honour=ByCode(code="HELLO10"),
        texts=_ar(title="خصم ‎10 % على طلبك الأول", text="أدخل الرمز عند إتمام الشراء.", button="انسخ الرمز"),
    ),
    Upsell(
        title="Goes well with it",
        text="Fits every dripper of this size.",
        button="Show me",
        pick="also_bought",
        texts=_ar(title="يناسب هذا المنتج", text="يلائم كل المقاسات.", button="اعرض"),
    ),
    CrossSell(
        title="Often bought with it",
        texts=_ar(title="يُشترى معه غالبًا"),
    ),
    EmailCapture(
        title="New roasts, once a month",
        text="One letter, no more than that.",
        button="Sign up",
        form_url=f"{SHOP}/newsletter",
        consent="We use your address for our monthly letter and nothing else. You can leave at any time.",
        texts=_ar(
            title="جديد التحميص مرة كل شهر",
            text="رسالة واحدة لا أكثر.",
            button="اشترك",
            label="البريد الإلكتروني",
            consent="نستخدم عنوانك لرسالتنا الشهرية فقط. يمكنك إلغاء الاشتراك متى شئت.",
        ),
    ),
    Content(
        title="How to choose a grinder",
        text="Burrs, steps and noise in four minutes.",
        button="Read the guide",
        url=f"{SHOP}/guide",
        texts=_ar(title="كيف تختار مطحنة القهوة", text="كل ما تحتاج معرفته في أربع دقائق.", button="اقرأ الدليل"),
    ),
    Assistance(
        title="A question on shipping?",
        text="Ask us: a person answers, usually within a minute.",
        button="Ask us",
        texts=_ar(title="هل لديك سؤال عن الشحن؟", text="اسألنا: يجيبك شخص خلال دقيقة عادةً.", button="اسألنا"),
    ),
    SocialProof(
        title="{count} people bought this",
        texts=_ar(title="اشترى هذا {count} شخصًا"),
    ),
    StoreFinder(
        title="See it in a store",
        button="All stores",
        url=f"{SHOP}/stores",
        stores=(
            Store(name="Old Town", address="3 Mill Lane", hours="Mon to Sat, 10 to 19", url=f"{SHOP}/stores/1"),
            Store(name="Harbour", address="18 Quay Street", hours="Daily, 11 to 20"),
        ),
        texts=_ar(title="شاهده في متجر قريب", button="كل المتاجر"),
    ),
    Loyalty(
        title="This cart brings you {points} points",
        text="Members turn points into coffee. Joining is free.",
        button="Join",
        url=f"{SHOP}/club",
        minor_per_point=100,
        texts=_ar(
            title="تمنحك هذه السلة {points} نقطة", text="يحوّل الأعضاء النقاط إلى قهوة. الانضمام مجاني.", button="انضم"
        ),
    ),
    Satisfaction(
        title="Did you find what you were looking for?",
        low="Not at all",
        high="All of it",
        thanks="Thank you, that helps.",
        texts=_ar(title="هل وجدت ما كنت تبحث عنه؟", low="إطلاقًا", high="بالكامل", thanks="شكرًا، هذا يساعدنا."),
    ),
)

PRODUCTS: list[dict[str, Any]] = [
    {
        "item_id": f"p{number}",
        "title": title,
        "url": f"{SHOP}/p/{number}",
        "image_url": f"{SHOP}/i/{number}.svg",
        "price_minor": price_minor,
        "currency": "EUR",
    }
    for number, (title, price_minor) in enumerate(
        [("Paper filters, 100 pieces", 590), ("Halo kettle stand", 4900), ("Cork coaster", 1250)], start=1
    )
]
SUPPLIED: dict[str, dict[str, Any]] = {
    "upsell": {"product": PRODUCTS[0]},
    "cross_sell": {"products": PRODUCTS},
    "social_proof": {"count": 1204, "hours": 24},
}
"""What the server's supplies add to an offer as it leaves (`server.offers`)."""


def params_for(action: Action, shape: Shape, look: dict[str, Any] | None = None) -> dict[str, Any]:
    """The parameters of this offer in this shape, for a cart of 37.50 EUR."""
    params = params_of(action, cart_minor=3750, currency="EUR") | SUPPLIED.get(type_of(action), {})
    params |= {"shape": shape, "slot": SLOT if shape == "inline" else ""}
    return params | ({"look": look} if look else {})


def samples() -> Iterator[tuple[str, Action]]:
    """Each type with its sample, in the order of this file."""
    yield from ((type_of(action), action) for action in ACTIONS)


def longest() -> Iterator[tuple[str, Action]]:
    """Each type with the longest texts that the rules allow, in words as long as German has them."""
    for name, action in samples():
        yield (
            name,
            msgspec.structs.replace(action, texts={}, **{field: _most(field, action) for field in _texts(action)}),
        )


WORDS = "Versandkostenfreigrenze Rückgabemöglichkeit für Kaffeemaschinen im Frühlingsausverkauf und alles zum Filtern, "
CAPS = {
    "title": 80,
    "text": 200,
    "button": 40,
    "decline": 40,
    "terms": 40,
    "label": 40,
    "consent": 300,
    "low": 40,
    "high": 40,
}
"""How long these texts may be (core/actions.py); a test asks `core.actions` whether they are the longest."""


def written(length: int) -> str:
    return (WORDS * 4)[:length].rstrip() + "e" * (length - len((WORDS * 4)[:length].rstrip()))


def _texts(action: Action) -> list[str]:
    extra = [field for field in ("honour", "stores") if getattr(action, field, None)]
    return [field for field in action.__struct_fields__ if field in CAPS] + extra


def _most(field: str, action: Action) -> object:
    if field == "honour":
        return ByCode(code="LANGER-CODE-" * 3 + "2026")
    if field == "stores":
        return tuple(Store(name=written(40), address=written(120), hours=written(60)) for _ in range(3))
    return written(CAPS[field])

"""What the shop sells. Data only: how a product is drawn is in `art`, what people say about it in `reviews`."""

from dataclasses import dataclass

CURRENCY = "USD"
BRAND = "Northlight"


@dataclass(frozen=True)
class Look:
    """A drawing: its kind, the colours of body, accent and background."""

    kind: str
    body: str
    accent: str
    ground: str


@dataclass(frozen=True)
class Product:
    """One thing to buy. Price in minor units of `CURRENCY`; `rating` of 5."""

    id: str
    name: str
    category: str
    price_minor: int
    rating: float
    tagline: str
    story: str
    specs: tuple[tuple[str, str], ...]
    look: Look
    badge: str = ""


@dataclass(frozen=True)
class Category:
    """A listing. `topic` is the shop's own word for what the page is about."""

    id: str
    name: str
    topic: str
    intro: str


CATEGORIES: tuple[Category, ...] = (
    Category("headphones", "Headphones", "wireless-headphones", "Made to be worn for hours, and to last for years."),
    Category("earbuds", "Earbuds", "wireless-earbuds", "Small, light, and fuller than they look."),
    Category("speakers", "Speakers", "speakers", "For the room you live in, not for a showroom."),
    Category("accessories", "Accessories", "accessories", "Stands, cases and cables that outlive what they hold."),
)

PRODUCTS: tuple[Product, ...] = (
    Product(
        "aurora-one", "Aurora One", "headphones", 29900, 4.8,
        "Wireless over-ear headphones with quiet you can feel.",
        "Forty hours on a charge, noise cancelling that leaves voices natural, and ear pads that you can replace "
        "yourself in ten seconds. Aurora One is the pair we wear at work.",
        (("Type", "Over-ear, closed"), ("Battery", "40 h"), ("Weight", "248 g"), ("Connection", "Bluetooth 5.4, USB-C")),
        Look("over-ear", "#2f4a45", "#c9a66b", "#e6ece7"), "Bestseller",
    ),
    Product(
        "aurora-lite", "Aurora Lite", "headphones", 17900, 4.5,
        "The calm of Aurora in a lighter frame.",
        "The same tuning as Aurora One in a frame of 190 grams. Thirty hours of music, folds flat, and comes "
        "with a pouch.",
        (("Type", "Over-ear, closed"), ("Battery", "30 h"), ("Weight", "190 g"), ("Connection", "Bluetooth 5.4")),
        Look("over-ear", "#c9cfd4", "#6f8596", "#eef1f3"),
    ),
    Product(
        "solstice", "Solstice Travel", "headphones", 24900, 4.6,
        "Noise cancelling tuned for trains and planes.",
        "Six microphones listen for engines and take them out. Folds into a case that fits beside a laptop.",
        (("Type", "Over-ear, folding"), ("Battery", "50 h"), ("Weight", "262 g"), ("Connection", "Bluetooth 5.4, 3.5 mm")),
        Look("over-ear", "#283a5e", "#e0b7a0", "#e7eaf2"),
    ),
    Product(
        "fjord", "Fjord Studio", "headphones", 34900, 4.9,
        "Open-back and wired, for listening with nothing between.",
        "Open ear cups of pressed aluminium, planar drivers and a cable of two metres. Made for one thing: "
        "sitting down with a record.",
        (("Type", "Over-ear, open"), ("Impedance", "32 ohm"), ("Weight", "310 g"), ("Connection", "6.3 mm, 3.5 mm")),
        Look("over-ear", "#3b3a3c", "#b98d62", "#f0ebe4"), "New",
    ),
    Product(
        "drift", "Drift", "headphones", 12900, 4.3,
        "On-ear headphones for every day.",
        "Soft, small and quick to charge: ten minutes give six hours. Three colours, one replaceable cushion "
        "for all.",
        (("Type", "On-ear, closed"), ("Battery", "35 h"), ("Weight", "148 g"), ("Connection", "Bluetooth 5.3")),
        Look("on-ear", "#c8795c", "#f4e3d3", "#f8ece4"),
    ),
    Product(
        "ember", "Ember Buds", "earbuds", 14900, 4.6,
        "True wireless earbuds that stay out of your way.",
        "A seal in four sizes, eight hours in the ear and thirty in the case. Tap once to hear the street.",
        (("Type", "In-ear"), ("Battery", "8 h + 30 h"), ("Weight", "4.6 g each"), ("Connection", "Bluetooth 5.4")),
        Look("earbuds", "#34363b", "#d98f5f", "#f3ece6"), "Bestseller",
    ),
    Product(
        "ember-sport", "Ember Sport", "earbuds", 9900, 4.2,
        "Earbuds that hold on and do not mind the rain.",
        "A soft wing keeps them where they are, and IPX7 keeps them alive. Made for people who run in October.",
        (("Type", "In-ear with wing"), ("Battery", "9 h + 24 h"), ("Water", "IPX7"), ("Connection", "Bluetooth 5.3")),
        Look("earbuds", "#4f7d78", "#e9efe9", "#e5efec"),
    ),
    Product(
        "hearth", "Hearth", "speakers", 39900, 4.7,
        "A wireless speaker for one room and every guest.",
        "Two drivers, one ribbon tweeter and a cabinet of solid ash. It measures its room once and remembers.",
        (("Power", "80 W"), ("Cabinet", "Solid ash"), ("Inputs", "Wi-Fi, Bluetooth, line"), ("Size", "34 x 21 x 18 cm")),
        Look("speaker", "#8a6a4c", "#2e2a27", "#f2ebe2"),
    ),
    Product(
        "pebble", "Pebble", "speakers", 8900, 4.4,
        "A speaker for the kitchen, the bath and the lake.",
        "Sixteen hours, waterproof, and loud enough for eight people. Two of them find each other and play "
        "in stereo.",
        (("Power", "12 W"), ("Battery", "16 h"), ("Water", "IP67"), ("Weight", "410 g")),
        Look("pebble", "#6d7f8f", "#eef1f3", "#e9eef2"),
    ),
    Product(
        "halo", "Halo Stand", "accessories", 4900, 4.8,
        "A place for headphones to be.",
        "Bent steel on a base of cork. Heavy enough not to follow when you reach for them.",
        (("Material", "Steel, cork"), ("Height", "26 cm"), ("Weight", "690 g"), ("Fits", "Every pair we know")),
        Look("stand", "#35524b", "#c9a66b", "#eef0ea"),
    ),
    Product(
        "weave", "Weave Cable", "accessories", 2900, 4.5,
        "USB-C to 3.5 mm, woven, two metres.",
        "A woven cable with metal ends and a real strain relief. We replace it free for five years.",
        (("Length", "2 m"), ("Ends", "USB-C, 3.5 mm"), ("Jacket", "Woven cotton"), ("Warranty", "5 years")),
        Look("cable", "#7a4d3d", "#d8c4a8", "#f5efe6"),
    ),
    Product(
        "travel-case", "Felt Case", "accessories", 3900, 4.6,
        "A case of pressed wool felt, with a pocket for the cable.",
        "Stiff enough for a rucksack, soft enough for the sofa. Fits Aurora, Solstice and Drift.",
        (("Material", "Wool felt"), ("Size", "22 x 19 x 6 cm"), ("Closure", "Magnetic"), ("Made in", "Portugal")),
        Look("case", "#8f9490", "#c8795c", "#edeeec"),
    ),
)  # fmt: skip

BY_ID = {p.id: p for p in PRODUCTS}
CATEGORY_BY_ID = {c.id: c for c in CATEGORIES}
FEATURED = tuple(BY_ID[i] for i in ("aurora-one", "ember", "hearth", "fjord"))


def in_category(category_id: str) -> list[Product]:
    return [p for p in PRODUCTS if p.category == category_id]


def related_to(product: Product) -> list[Product]:
    """Four others: two of the same category, then accessories, then what is most liked."""
    same = [p for p in in_category(product.category) if p.id != product.id][:2]
    candidates = [*same, *in_category("accessories"), *FEATURED]
    return list(dict.fromkeys(p for p in candidates if p.id != product.id))[:4]


def found(query: str) -> list[Product]:
    """Products in which every word of the query occurs. No words, no products."""
    words = query.lower().split()
    if not words:
        return []
    return [p for p in PRODUCTS if all(w in f"{p.name} {p.category} {p.tagline} {p.story}".lower() for w in words)]

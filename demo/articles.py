"""The shop's blog and its questions and answers. Texts only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """One post. `topic` is the shop's own word; a paragraph that starts with '# ' is a heading."""

    id: str
    title: str
    topic: str
    minutes: int
    intro: str
    paragraphs: tuple[str, ...]
    product_ids: tuple[str, ...]


ARTICLES: tuple[Article, ...] = (
    Article(
        "which-headphones",
        "Which headphones are for you?",
        "comparison",
        4,
        ("Aurora One, Aurora Lite, Solstice or Fjord: four good pairs, and an honest word on who should buy which."),
        (
            (
                "We make four over-ear headphones, and people ask us every day which one to take. Here is what we "
                "tell our friends."
            ),
            "# For the office: Aurora One",
            "It is the most even of the four and the easiest to wear for a day. If you take calls, take this one.",
            "# For the bag: Solstice Travel",
            (
                "It cancels engines better than anything else we make, and folds. On a desk, Aurora sounds a little "
                "wider."
            ),
            "# For less money: Aurora Lite",
            (
                "The same tuning, less metal. You give up ten hours of battery and the ear detection. Many people "
                "never miss them."
            ),
            "# For the armchair: Fjord Studio",
            "Open, wired, and no use on a train. If you listen to whole records, nothing here comes close.",
        ),
        ("aurora-one", "solstice", "aurora-lite", "fjord"),
    ),
    Article(
        "listening-room",
        "A listening room in an hour",
        "ideas",
        3,
        ("A rug, a shelf and one chair moved by a metre: the cheapest improvement that you can make to any speaker."),
        (
            "Most rooms sound worse than the speakers in them. An hour on a rainy Sunday is enough to change that.",
            "# Move the chair",
            (
                "Bass gathers along walls. Pull your chair away from the one behind you, a metre if you can, and "
                "listen again."
            ),
            "# Give the sound something soft",
            (
                "A rug between you and the speakers does more than a panel on the wall. Curtains help, bare windows "
                "do not."
            ),
            "# Let books do the rest",
            "A shelf filled unevenly is as good a diffuser as any that you can buy. It also holds books.",
        ),
        ("hearth", "pebble"),
    ),
    Article(
        "made-to-last",
        "How we make headphones that last",
        "behind-the-scenes",
        5,
        "Screws instead of glue, and a drawer full of spare parts: a visit to our workshop in Bergen.",
        (
            "There are eleven screws in Aurora One and no glue. That was the hardest part of making it.",
            "# Everything that wears can be changed",
            "Pads, band, battery, cable. We keep parts for ten years after the last pair is sold.",
            "# Slow tuning",
            (
                "Each pair is measured, then listened to by someone who has slept well. It takes nine minutes and it "
                "shows."
            ),
        ),
        ("fjord", "weave"),
    ),
)

ARTICLE_BY_ID = {a.id: a for a in ARTICLES}

QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        "How long does delivery take?",
        "Standard takes three to five working days, express one to two. We send a link to follow the parcel.",
    ),
    (
        "What does shipping cost?",
        "Standard is $9.99 and express $19.99, whatever you order. The checkout shows it before you pay.",
    ),
    (
        "Can I send things back?",
        "Within 60 days, worn or not, with free return. If something is wrong we would rather know.",
    ),
    ("How long is the warranty?", "Three years on everything, five on cables. Spare parts are sold for ten."),
    (
        "Do they work with my phone?",
        "Everything wireless speaks Bluetooth with AAC and LC3. Cables for both sockets are in the box.",
    ),
    ("Where are you?", "We build and repair in Bergen, and ship from there and from Leipzig."),
)

"""What customers of the demo shop say. Invented people, invented words."""

from dataclasses import dataclass

from demo.catalogue import Product


@dataclass(frozen=True)
class Review:
    name: str
    stars: int
    title: str
    text: str


_HEADPHONES = (
    Review(
        "Marit S.",
        5,
        "I forget that I wear them",
        (
            "Eight hours in an open office, and the only thing I noticed was that I got things done. Voices "
            "still come through when I want them to."
        ),
    ),
    Review(
        "Jonas K.",
        5,
        "Sounds like a room",
        "Not the loudest bass that I have owned, but the first pair on which an upright piano sounds like wood.",
    ),
    Review(
        "Priya R.",
        4,
        "Great, a little snug at first",
        "The band needed a week. After that: two long flights, no sore ears, and most of the battery left.",
    ),
    Review(
        "Tom W.",
        5,
        "Replaced the pads in a minute",
        "Mine are two years old. New pads, new headphones. More things should be made like this.",
    ),
)
_EARBUDS = (
    Review(
        "Elif A.",
        5,
        "They simply stay in",
        "Third brand that I tried. The small tips fit at once, and calls in the wind are fine.",
    ),
    Review(
        "Ben H.",
        4,
        "Warm and clear",
        "A touch warm out of the box, which I like on the bus. The case is smaller than it looks here.",
    ),
    Review(
        "Sofia L.",
        4,
        "Good for an hour's run",
        "Rain, sweat, a fall on the pavement: still fine. I would like a volume button.",
    ),
)
_SPEAKERS = (
    Review(
        "Henrik D.",
        5,
        "Fills the kitchen, not the stairs",
        "Full at low volume, which is how we listen when the children sleep.",
    ),
    Review("Noor B.", 5, "Looks like furniture", "Guests ask where the music comes from. Set up took three minutes."),
    Review(
        "Clara M.", 4, "Very good with voices", "Radio, podcasts, choirs: all lovely. For parties I would take two."
    ),
)
_ACCESSORIES = (
    Review("Owen P.", 5, "Does one thing well", "Heavy, quiet, and it looks as if it had always stood there."),
    Review("Ines T.", 4, "Better than it needs to be", "Nice to touch, no smell, and well packed without plastic."),
    Review("Lars F.", 5, "A present that was kept", "Bought it for my father. He asked for a second one."),
)
_BY_CATEGORY = {
    "headphones": _HEADPHONES,
    "earbuds": _EARBUDS,
    "speakers": _SPEAKERS,
    "accessories": _ACCESSORIES,
}


def reviews_of(product: Product) -> tuple[Review, ...]:
    return _BY_CATEGORY[product.category]

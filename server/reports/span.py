"""Which days a report is about: one calendar month or one ISO week, in UTC."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from core.errors import ConfigError

Kind = Literal["week", "month"]


class Span(NamedTuple):
    """The days from `first` up to and without `end`. `words`: as a sentence begins with them."""

    kind: Kind
    name: str
    words: str
    first: date
    end: date

    def before(self) -> "Span":
        """The week or month before."""
        return span_of(self.kind, self.first - timedelta(days=1))

    def is_over(self, now: datetime) -> bool:
        return now >= datetime(self.end.year, self.end.month, self.end.day, tzinfo=UTC)


def span_of(kind: Kind, day: date) -> Span:
    """The week or month that this day is in."""
    if kind == "week":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return Span("week", f"{year}-W{week:02d}", f"In week {week} of {year}", first, first + timedelta(days=7))
    first = day.replace(day=1)
    end = (first + timedelta(days=31)).replace(day=1)
    return Span("month", f"{first:%Y-%m}", f"In {first:%B %Y}", first, end)


def last_whole(kind: Kind, now: datetime) -> Span:
    """The last one that is over."""
    return span_of(kind, now.astimezone(UTC).date()).before()


def parsed(kind: Kind, text: str) -> Span:
    """ "2026-10" or "2026-W43". Raises `ConfigError` for what is neither."""
    try:
        head, _, tail = text.partition("-W" if kind == "week" else "-")
        year, number = int(head), int(tail)
        span = span_of(kind, date.fromisocalendar(year, number, 1) if kind == "week" else date(year, number, 1))
        # The first there is has none before it to compare with.
        span.before()
        return span
    except (ValueError, OverflowError):
        example = "--week 2026-W43" if kind == "week" else "--month 2026-10"
        raise ConfigError(f"{text!r} is no {kind}. Next: for example {example}.") from None

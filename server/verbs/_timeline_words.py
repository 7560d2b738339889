"""What is read in a terminal: one event in words, an amount, a time of the visit."""

from core import events as ev
from core.explain_words import Moment, signal_of
from core.explain_words import words_of as words_of_moment
from core.session import Session
from model.importers.clean import minor

_ABOUT_OFFERS: dict[type[ev.Event], str] = {
    ev.ActionShown: "saw the offer",
    ev.ActionClicked: "took the offer up",
    ev.ActionDismissed: "closed the offer",
    ev.ActionSubmitted: "sent the form to the shop",
    ev.ActionWithheld: "never saw the offer",
}


def words_of_event(before: Session, event: ev.Event, after: Session) -> str:
    """What the shopper did, in the words of an explanation."""
    if isinstance(event, ev.ACTION_EVENTS):
        why = f": {event.reason}" if isinstance(event, ev.ActionWithheld) and event.reason else ""
        return f"{_ABOUT_OFFERS[type(event)]} {event.action_id}{why}"
    if isinstance(event, ev.WebVitals):
        return f"{event.page_type or 'the'} page told how it behaves{_vitals(event)}"
    signal, _ = signal_of(before, event, after)
    # Page 0: an event stands on its own line, beside its page.
    words = words_of_moment(Moment(signal, 0, after.page.page_type, (event,))).removesuffix(" (page 0)")
    return words + _details(event)


def money(amount_minor: int | None, currency: str | None) -> str:
    """An amount as people write it: "9.99 USD", "1200 JPY"."""
    if amount_minor is None:
        return ""
    # What one whole unit is in minor units says how many decimals there are.
    unit = minor(1, currency or "") or 100
    decimals = len(str(unit)) - 1
    return f"{amount_minor / unit:.{decimals}f} {currency or ''}".rstrip()


def clock(ms: int) -> str:
    """Time since landing: "0:34", "8:23", "1:02:03"."""
    sign, seconds = ("-" if ms < 0 else ""), abs(ms) // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{sign}{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{sign}{minutes}:{seconds % 60:02}"


def _details(event: ev.Event) -> str:
    match event:
        case ev.PageView():
            came = "" if event.navigation == "navigate" else f", {_NAVIGATIONS[event.navigation]}"
            return (f", {event.topic}" if event.topic else "") + came
        case ev.AddToCart() | ev.RemoveFromCart() | ev.BeginCheckout() | ev.Purchase() | ev.Refund() | ev.ViewItem():
            return f", {money(event.value_minor, event.currency)}" if event.value_minor is not None else ""
        case ev.AddShippingInfo():
            return f", {money(event.shipping_minor, event.currency)}" if event.shipping_minor is not None else ""
    return ""


def _vitals(event: ev.WebVitals) -> str:
    shift = None if event.shift_permille is None else event.shift_permille / 1000
    values = (
        ("painted in", event.paint_ms, " ms"),
        ("shifted by", shift, ""),
        ("answered in", event.response_ms, " ms"),
    )
    told = ", ".join(f"{what} {value}{unit}" for what, value, unit in values if value is not None)
    return f": {told}" if told else ""


_NAVIGATIONS = {"reload": "again", "back": "by going back", "spa": "without a page load", "restore": "restored"}

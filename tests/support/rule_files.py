"""Rules as a merchant may write them: any that `check-config` takes, made from the types that there are."""

import msgspec
from hypothesis import strategies as st

from core.actions import (
    Action,
    Assistance,
    ByCallback,
    ByCode,
    ByPool,
    ByUrl,
    Content,
    CrossSell,
    EmailCapture,
    FreeShipping,
    Honour,
    Incentive,
    Loyalty,
    Satisfaction,
    SocialProof,
    Store,
    StoreFinder,
    Texts,
    Upsell,
)
from core.events import COMMERCE_EVENTS, NAME_BY_TYPE, UNSEEN_EVENTS
from core.look import Look
from core.pages import PAGE_TYPES
from core.rules import ActionRule, Arms, Bounds, Choosing, Goal, Money, Pacing, Rules, Segments, When
from core.when_sense import COUNTED_EVENTS

ids = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
_letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
_texts = st.text(_letters, max_size=200)
_titles = st.text(_letters, min_size=1, max_size=80)
_labels = st.text(_letters, min_size=1, max_size=40)
_urls = st.from_regex(r"https?://[a-z]{1,20}\.example/[a-z0-9/?=&-]{0,40}", fullmatch=True)
_minor = st.integers(0, 10**12)
_shares = st.floats(0, 1)

_code: st.SearchStrategy[Honour] = st.builds(ByCode, code=st.from_regex(r"[A-Z0-9_-]{1,40}", fullmatch=True))
_pool = st.builds(ByPool, pool=st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True))
honours: st.SearchStrategy[Honour] = st.one_of(_code, _pool, st.builds(ByUrl, url=_urls), st.just(ByCallback()))
_locales = st.from_regex(r"[a-z]{2}(-[A-Z]{2})?", fullmatch=True)
_others = st.dictionaries(_locales, st.builds(Texts, title=st.none() | _titles, thanks=st.none() | _texts), max_size=2)
_words = {"title": _titles, "text": _texts, "button": _labels, "decline": _labels, "texts": _others}
_drawn = st.sampled_from(
    [{}, {"shape": "bar"}, {"shape": "card"}, {"slot": "beside"}, {"shape": "inline", "slot": "a.b"}]
)
_stores = st.lists(st.builds(Store, name=_labels, address=_titles, url=st.none() | _urls), max_size=3).map(tuple)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(FreeShipping, **_words, honour=honours, threshold_minor=_minor, terms_url=st.none() | _urls),
    st.builds(EmailCapture, **_words, form_url=_urls, consent=st.just("For our letter."), honour=st.none() | honours),
    st.builds(Content, **_words, url=_urls),
    st.builds(Upsell, **_words, url=_urls, price_minor=_minor, currency=st.sampled_from(["EUR", "USD"])),
    st.builds(Upsell, **_words, pick=st.sampled_from(["also_bought", "also_viewed", "popular"])),
    st.builds(Assistance, **_words, url=st.none() | _urls),
    st.builds(
        SocialProof,
        title=st.sampled_from(["{count} bought this", "Bought {count} times"]),
        window_hours=st.integers(1, 168),
        at_least=st.integers(5, 1000),
    ),
    st.builds(CrossSell, **_words, pick=st.sampled_from(["also_bought", "popular"]), at_most=st.integers(1, 3)),
    st.builds(Incentive, **_words, honour=honours, terms_url=st.none() | _urls),
    st.builds(StoreFinder, **_words, url=_urls, stores=_stores),
    st.builds(Loyalty, **_words, url=_urls),
    st.builds(Loyalty, title=st.just("{points} points"), url=_urls, minor_per_point=st.integers(1, 10**12)),
    st.builds(Satisfaction, **_words, low=_labels, high=_labels),
)
actions = st.builds(lambda action, drawn: msgspec.structs.replace(action, **drawn), actions, _drawn)
looks = st.builds(
    Look,
    accent=st.none() | st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
    radius=st.integers(0, 32),
    corner=st.sampled_from(["bottom-end", "top-start"]),
    locale=st.none() | _locales,
    direction=st.sampled_from(["auto", "ltr", "rtl"]),
)


def _few(words: tuple[str, ...] | list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(words)), max_size=3, unique=True).map(tuple)


_bounds = st.tuples(_shares, _shares).map(sorted).map(lambda pair: Bounds(at_least=pair[0], at_most=pair[1]))
_hours = st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True).map(lambda pair: (pair[0], pair[1]))
_times = st.integers(1, 50)
_paths = st.lists(st.sampled_from(PAGE_TYPES), min_size=1, max_size=6).map(tuple)
whens = st.builds(
    When,
    scores=st.dictionaries(st.sampled_from(["exit", "abandonment", "assistance", "add_to_cart"]), _bounds, max_size=2),
    trends=_few(["rising", "steady", "falling"]),
    visits=st.dictionaries(st.sampled_from(PAGE_TYPES), _times, max_size=2),
    events=st.dictionaries(st.sampled_from(COUNTED_EVENTS), _times, max_size=2),
    devices=_few(["desktop", "mobile", "tablet"]),
    sources=_few(["direct", "paid", "email"]),
    visitors=_few(["new", "returning"]),
    hours=st.none() | _hours,
    after_s=st.integers(0, 7200),
) | st.builds(When, path=_paths, path_within_s=st.integers(0, 7200))

rules_of_actions = st.builds(
    ActionRule,
    id=ids,
    action=actions,
    segments=st.sampled_from([("on_the_fence",), ("unlikely_to_buy", "on_the_fence")]),
    pages=st.sampled_from([(), ("home",), ("cart", "product")]),
    trigger=st.sampled_from(["pause", "exit_intent"]),
    is_on=st.booleans(),
    when=whens,
    because=st.just("") | ids,
    cost_minor=st.none() | st.integers(1, 10**6),
    cost_share=st.floats(0, 0.39),
)
_money_events = st.sampled_from([NAME_BY_TYPE[kind] for kind in COMMERCE_EVENTS])
_other_events = st.sampled_from([name for kind, name in NAME_BY_TYPE.items() if kind not in UNSEEN_EVENTS])
_goals = st.builds(Goal, event=_money_events, min_value_minor=_minor) | st.builds(Goal, event=_other_events)
_thresholds = st.lists(_shares, min_size=2, max_size=2, unique=True).map(sorted)
all_rules = st.builds(
    Rules,
    goals=st.dictionaries(ids, _goals, min_size=1, max_size=4),
    segments=_thresholds.map(lambda pair: Segments(on_the_fence_at=pair[0], likely_to_buy_at=pair[1])),
    pacing=st.builds(Pacing, quiet_ms=st.integers(5000, 600_000), valid_ms=st.integers(500, 120_000)),
    arms=st.builds(Arms, holdout_share=st.floats(0.001, 1), experiment=ids, control_share=_shares),
    money=st.builds(Money, margin_share=st.floats(0.4, 1), least_margin_minor=_minor, shipping_cost_minor=_minor),
    choosing=st.builds(Choosing, by=st.sampled_from(["margin", "order"])),
    look=looks,
    actions=st.lists(rules_of_actions, max_size=4, unique_by=lambda rule: rule.id).map(tuple),
)

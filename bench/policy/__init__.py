"""What a policy earns: the product's rules on ten simulated shops beside other ways to choose, and beside the best possible.

Every visit is played under every policy from the same seed, so that a difference is the policy's. Margin is what the
orders earn after what was given away. `served` is the product: rules, the starter bundle, and what it learned from the
shop's own randomised visits (bench/policy/trials.py); `cold` is the same before it learned anything. `all` gives every
visit free shipping at the first calm moment, `random` every other one, `threshold` whoever has a score below a quarter
after three pages ("when abandonment is more than 75 % likely"), `oracle` knows the shop (bench/policy/oracle.py).
"""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from msgspec.structs import replace
from rich.console import Console
from rich.progress import Progress

from bench.policy.moment import DISCOUNT, Moment
from bench.policy.oracle import THRESHOLDS_SHARE, Oracle
from bench.policy.play import Visit, decided, left_alone, served
from bench.policy.shops import DEFAULT_SHOPS, load_shops
from bench.policy.summary import print_table, summary_of
from bench.policy.trials import trials_of
from core.actions import type_of
from core.margin import PRIORS, Response
from core.rules import Money, Rules, bind
from core.rules_text import parse_rules
from core.scoring import Scorer
from core.stakes import offer_kind
from model.responses import learn
from model.scorer import load_scorer
from model.simulator.intents import Parameters
from model.simulator.shopper import Shopper, draw_shopper

RULES = Path(__file__).with_name("rules.toml")
LEARN, QUICK_LEARN = 60_000, 3000
VISITS, QUICK_VISITS = 2000, 160
TRIED, QUICK_TRIED = 300, 40
SEED = 7
PER_SHOP = 10_000_000
AT_RISK = 0.25
AFTER_PAGES = 3
PER_1000 = 1000 / 100
"""Minor units per session as major units per 1,000 sessions."""


def run(*, quick: bool, shops: Path | None = None) -> dict[str, Any]:
    """Figures by shop and policy: margin per 1,000 sessions less that of offering nothing, with 95 % intervals."""
    parameters = load_shops(shops or DEFAULT_SHOPS)
    counts = (QUICK_LEARN, QUICK_VISITS, QUICK_TRIED) if quick else (LEARN, VISITS, TRIED)
    started = time.monotonic()
    by_shop: dict[str, dict[str, Any]] = {}
    with Progress(console=Console(stderr=True)) as progress, ProcessPoolExecutor(2, get_context("spawn")) as pool:
        bar = progress.add_task("shops", total=len(parameters))
        work = partial(_shop, counts=counts)
        for name, figures in zip(parameters, pool.map(work, range(len(parameters)), parameters.values()), strict=True):
            by_shop[name] = figures
            progress.advance(bar)
    figures = {"shops": by_shop, **summary_of(by_shop), "seconds": round(time.monotonic() - started, 1)}
    print_table(figures)
    return figures


def _shop(number: int, shop: Parameters, counts: tuple[int, int, int]) -> dict[str, Any]:
    torch.set_num_threads(1)
    learn_count, visit_count, tried_count = counts
    first = (SEED * 100 + number) * PER_SHOP
    scorer, rules = load_scorer(), _rules(shop, {})
    learned = _learned(shop, rules, scorer, first, learn_count)
    taught = _rules(shop, learned)
    begin = first + learn_count
    shoppers = list(_shoppers(shop, begin, visit_count))
    none = _by_seed(decided(shopper, _never) for shopper in shoppers)
    scores = left_alone(shoppers, scorer)
    kinds = [type_of(rule.action) for rule in rules.actions]
    least = _best_threshold(list(_shoppers(shop, begin + visit_count, tried_count)), kinds)
    policies: dict[str, dict[int, Visit]] = {
        "served": _by_seed(served(shoppers, taught, scorer)),
        "cold": _by_seed(served(shoppers, rules, scorer)),
        "all": _by_seed(decided(shopper, _give) for shopper in shoppers),
        "random": _by_seed(
            decided(shopper, _give if Random(shopper.seed).random() < 0.5 else _never) for shopper in shoppers
        ),
        "threshold": _by_seed(decided(shopper, _at_risk, scores[shopper.seed]) for shopper in shoppers),
        "oracle": _by_seed(decided(shopper, Oracle(shopper, kinds, least)) for shopper in shoppers),
    }
    sure = _sure(none)
    return {
        "visits": visit_count,
        "margin_per_1000": _per_1000([v.margin_minor for v in none.values()]),
        "buy_rate": float(np.mean([v.has_bought for v in none.values()])),
        "policies": {name: _figures(visits, none, sure) for name, visits in policies.items()},
        "learned_from": {name: response.session_count for name, response in learned.items()},
    }


def _learned(shop: Parameters, rules: Rules, scorer: Scorer, first: int, count: int) -> dict[str, Response]:
    """What the shop's own visits say of each action. Nobody explores: an offer made early is no trial of a rarer reason."""
    trial = replace(rules, choosing=replace(rules.choosing, explore_share=0.0))
    trials = list(trials_of(_shoppers(shop, first, count), trial, scorer))
    return learn(trials, {rule.id: PRIORS[offer_kind(rule)] for rule in rules.actions})


def _rules(shop: Parameters, responses: dict[str, Response]) -> Rules:
    money = Money(margin_share=shop.margins.margin_share, shipping_cost_minor=shop.margins.shipping_cost_minor)
    rules = replace(parse_rules(RULES.read_text(encoding="utf-8"), str(RULES)), money=money)
    return bind(rules, site_id="bench", holdout_salt="bench", responses=responses)


def _shoppers(shop: Parameters, first: int, count: int) -> Iterable[Shopper]:
    return (draw_shopper(seed, shop) for seed in range(first, first + count))


def _by_seed(visits: Iterable[Visit]) -> dict[int, Visit]:
    return {visit.seed: visit for visit in sorted(visits)}


def _never(_: Moment) -> str | None:
    return None


def _give(_: Moment) -> str | None:
    return DISCOUNT


def _at_risk(moment: Moment) -> str | None:
    is_at_risk = moment.score is not None and moment.score < AT_RISK and moment.page_views >= AFTER_PAGES
    return DISCOUNT if is_at_risk else None


def _sure(none: dict[int, Visit]) -> set[int]:
    """Who needs nothing: buyers of the kind of visit that buys most often when it is left alone."""
    rates: dict[str, list[bool]] = {}
    for visit in none.values():
        rates.setdefault(visit.intent, []).append(visit.has_bought)
    surest = max(rates, key=lambda intent: float(np.mean(rates[intent])))
    return {seed for seed, visit in none.items() if visit.has_bought and visit.intent == surest}


def _best_threshold(shoppers: Sequence[Shopper], kinds: Sequence[str]) -> float:
    """The least gain from which on the oracle acts, in minor units: the one that gains most in all on these visits."""
    gains: list[list[float]] = []
    for shopper in shoppers:
        oracle, seen = Oracle(shopper, kinds, 0.0), list[float]()

        def note(moment: Moment, oracle: Oracle = oracle, seen: list[float] = seen) -> str | None:
            gain = oracle.gain(moment.events)
            seen.append(gain.margin_minor if gain is not None else 0.0)
            return None

        decided(shopper, note)
        gains.append(seen)
    margins = [
        s.parameters.margins.margin_share * float(np.mean([i.price_minor or 0 for i in s.catalogue])) for s in shoppers
    ]
    tried = [share * float(np.median(margins)) for share in THRESHOLDS_SHARE]
    totals = [sum(next((g for g in seen if g > least), 0.0) for seen in gains) for least in tried]
    return tried[int(np.argmax(totals))]


def _figures(visits: dict[int, Visit], none: dict[int, Visit], sure: set[int]) -> dict[str, Any]:
    gains = [visit.gain_minor for visit in visits.values()]
    half = 1.96 * PER_1000 * float(np.std(gains)) / len(gains) ** 0.5
    gain, happened = _per_1000(gains), [v.margin_minor - none[seed].margin_minor for seed, v in visits.items()]
    discounted = {seed for seed, visit in visits.items() if DISCOUNT in visit.offered}
    return {
        "incremental_margin_per_1000": gain,
        "low": gain - half,
        "high": gain + half,
        "as_it_happened_per_1000": _per_1000(happened),
        "offers_per_session": float(np.mean([len(visit.offered) for visit in visits.values()])),
        "discounts_per_session": len(discounted) / len(visits),
        "sure_buyers_discounted_share": len(discounted & sure) / max(1, len(sure)),
    }


def _per_1000(margins: Sequence[float]) -> float:
    return float(np.mean(margins)) * PER_1000

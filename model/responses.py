"""What shoppers do with an action, learned from a site's own randomised visits: the posterior of `core.margin.Response`.

Each visit counts with its first choice, in whichever arm: control and holdout visits are those that the same choice was
made for and that saw nothing. The score at the decision stands for everything else that is known of the visit, so that
little is left to chance: a logistic regression with the score's log-odds as offset and the situation, where treated, as
inputs. Source: Gelman et al., "Bayesian Data Analysis" (2013), 4.1 (normal approximation at the mode) and 16.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.margin import SITUATION, Response, Trial

Floats = NDArray[np.float64]

EACH_ARM_LEAST = 50
"""From fewer visits in either arm nothing is learned: the prior stays."""
SPREAD_LEAST = (0.2, 0.3, 0.1, 0.1, 0.1, 0.1, 0.4)
"""A prior that says no more than "nothing" still leaves this much room to learn otherwise: for the effect itself, and little for
how it differs between situations, of which a few hundred visits tell next to nothing."""
OFFSET_SPREAD = 0.5
"""How far off the scores may be on the visits in question, in log-odds: learned from both arms together."""
TAKE_PRIOR_COUNT = 20.0
ORDER_SPREAD = 0.05
ORDER_NOISE = 0.7
"""The spread of the logarithm of an order's value around what was expected; an order twice as large is nothing unusual."""
ROUNDS = 50


def learn(
    trials: Iterable[Trial], priors: Mapping[str, Response], *, least: int = EACH_ARM_LEAST
) -> dict[str, Response]:
    """The response to each action of `priors` (by action id) of which each arm has `least` trials."""
    by_action: dict[str, list[Trial]] = {}
    for trial in trials:
        by_action.setdefault(trial.action_id, []).append(trial)
    learned = {}
    for action_id, prior in priors.items():
        seen = by_action.get(action_id, [])
        treated = sum(trial.is_treated for trial in seen)
        if min(treated, len(seen) - treated) >= least:
            learned[action_id] = posterior(seen, prior)
    return learned


def posterior(trials: Sequence[Trial], prior: Response) -> Response:
    """What is believed after these trials of one action, of which some are treated and some are not."""
    weights, covariance = _effect(trials, prior)
    return Response(
        weights=_rounded(weights),
        spread=_rounded(np.sqrt(np.diag(covariance))),
        covariance=tuple(_rounded(row) for row in covariance),
        take_share=_take_share(trials, prior),
        order_share=_order_share(trials, prior),
        session_count=len(trials),
    )


def _effect(trials: Sequence[Trial], prior: Response) -> tuple[Floats, Floats]:
    """The mode of the weights [7] and their covariance [7, 7]."""
    treated = np.array([trial.is_treated for trial in trials], dtype=np.float64)
    inputs = np.column_stack((np.ones(len(trials)), np.array([t.situation for t in trials]) * treated[:, None]))
    held = np.clip([trial.propensity for trial in trials], 1e-4, 1.0 - 1e-4)
    offset, bought = np.log(held / (1.0 - held)), np.array([trial.order_minor > 0 for trial in trials], np.float64)
    middle = np.array([0.0, *prior.weights])
    spread_before = np.maximum(SPREAD_LEAST, prior.spread)
    precision = np.array([OFFSET_SPREAD, *spread_before]) ** -2.0
    found, hessian = middle.copy(), np.diag(precision)
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-(offset + inputs @ found)))
        gradient = inputs.T @ (chance - bought) + precision * (found - middle)
        hessian = (inputs * (chance * (1.0 - chance))[:, None]).T @ inputs + np.diag(precision)
        move = np.linalg.solve(hessian, gradient)
        found -= move
        if float(np.abs(move).max()) < 1e-9:
            break
    return found[1:], np.linalg.inv(hessian)[1:, 1:].astype(np.float64)


def _take_share(trials: Sequence[Trial], prior: Response) -> float:
    """Of the buyers who were offered it, those who took it up, beside as many as the prior is worth."""
    buyers = [trial.is_taken for trial in trials if trial.is_treated and trial.order_minor > 0]
    return (sum(buyers) + prior.take_share * TAKE_PRIOR_COUNT) / (len(buyers) + TAKE_PRIOR_COUNT)


def _order_share(trials: Sequence[Trial], prior: Response) -> float:
    """By how much treated orders exceed what was expected of them, beside those in control: the mean of two normals."""
    logs: dict[bool, list[float]] = {True: [], False: []}
    for trial in trials:
        if trial.order_minor > 0 and trial.expected_minor:
            logs[trial.is_treated].append(float(np.log(trial.order_minor / trial.expected_minor)))
    if not (logs[True] and logs[False]):
        return prior.order_share
    found = float(np.mean(logs[True]) - np.mean(logs[False]))
    variance = ORDER_NOISE**2 * (1.0 / len(logs[True]) + 1.0 / len(logs[False]))
    trust = ORDER_SPREAD**2 / (ORDER_SPREAD**2 + variance)
    return float(prior.order_share + trust * (np.expm1(found) - prior.order_share))


def _rounded(numbers: Floats) -> tuple[float, ...]:
    return tuple(round(float(number), 6) for number in numbers)


assert len(SPREAD_LEAST) == len(SITUATION), "a weight for each part of the situation"

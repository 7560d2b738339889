"""How far a visit could be moved by an offer: one more head over the states of a network that is trained already.

What moves a visit is not what makes it likely: a sure buyer and a passer-by both let an offer be. No recorded session tells
it, since each was played once; the simulated shop's oracle does (`model.simulator.leverage`). The network is left as it is.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from model.dataset import Encoded
from model.heads import LEVERAGE, Head
from model.logits import states_of
from model.network import Network

Floats = NDArray[np.float64]
RIDGE = 1e-3
"""Per unit of weight of the data: as good as none, and the same answer however many sessions there are."""
ROUNDS = 50


def with_leverage(
    network: Network, heads: Sequence[Head], sessions: Sequence[Encoded]
) -> tuple[Network, tuple[Head, ...]]:
    """The same network and a head more, learned of the steps at which a leverage is known; as it was where none is.

    Logistic regression of the leverage, held within 0 and 1, on the state, by Newton's method. A step counts by how
    undecided the visit is there, p (1 - p): that is what an effect on the odds is multiplied by.
    """
    assert LEVERAGE not in heads, "it is fitted once, on what was trained without it"
    states, leverages, weights = _steps(network, sessions)
    if not weights.sum() > 0.0:
        return network, tuple(heads)
    found = _fit(np.column_stack((states, np.ones(len(states)))), leverages, weights / weights.sum())
    grown = (*heads, LEVERAGE)
    known = network.state_dict()
    row = torch.from_numpy(found).float()
    known["head.weight"] = torch.cat((known["head.weight"], row[None, :-1]))
    known["head.bias"] = torch.cat((known["head.bias"], row[-1:]))
    places = len(known["page.weight"]) - 1
    result = Network(range(places), hidden=len(row) - 1, heads=grown)
    result.load_state_dict(known)
    return result.eval(), grown


def _steps(network: Network, sessions: Sequence[Encoded]) -> tuple[Floats, Floats, Floats]:
    """Of all steps at which it is known [S]: the state [S, H], the leverage and the weight."""
    told = [session for session in sessions if not np.isnan(session.leverages).all()]
    parts: list[tuple[Floats, Floats, Floats]] = []
    for session, states in zip(told, states_of(network, told), strict=True):
        known = ~np.isnan(session.leverages) & (session.asked[:, 0] > 0)
        chance = session.targets[known, 0].astype(np.float64)
        parts.append((states[known], session.leverages[known].clip(0.0, 1.0), chance * (1.0 - chance)))
    if not parts:
        return np.zeros((0, 0)), np.zeros(0), np.zeros(0)
    states, leverages, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return states, leverages, weights


def _fit(inputs: Floats, targets: Floats, weights: Floats) -> Floats:
    """The weights [H + 1] of a logistic regression, the last of them the offset."""
    found = np.zeros(inputs.shape[1])
    ridge = np.full(len(found), RIDGE)
    ridge[-1] = 0.0
    for _ in range(ROUNDS):
        said = 1.0 / (1.0 + np.exp(-(inputs @ found)))
        gradient = inputs.T @ (weights * (said - targets)) + ridge * found
        hessian = (inputs * (weights * said * (1.0 - said))[:, None]).T @ inputs + np.diag(ridge)
        move = np.linalg.solve(hessian, gradient)
        found -= move
        if float(np.abs(move).max()) < 1e-9:
            break
    return found

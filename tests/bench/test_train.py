"""`python -m bench train` in short: every figure of the contract, and a baseline that is as naive as it claims and no more."""

import json
from pathlib import Path

import pytest
import torch

from bench import __main__ as bench
from bench import train
from model.network import Network


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("QUICK_SESSIONS", 150), ("QUICK_ROUNDS", 1), ("QUICK_STEPS", 2), ("PADDED_BATCHES", 1)):
        monkeypatch.setattr(train, name, value)


@pytest.mark.usefixtures("_small")
def test_it_writes_the_contracts_figures_and_prints_both_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["train", "--quick", "--json", str(tmp_path / "train.json")]) == 0
    figures = json.loads((tmp_path / "train.json").read_text())
    for key in ("bucketed_over_padded", "step_over_recompute_5", "step_over_recompute_20", "step_over_recompute_50"):
        assert figures[key] > 0
    rates = figures["sessions_per_s"]
    assert figures["bucketed_over_padded"] == pytest.approx(rates["bucketed"] / rates["padded"])
    assert figures["longest"] > figures["mean_length"] > 1
    said = capsys.readouterr().out
    assert "padded to the longest" in said
    assert "nn.GRU over 20" in said


@pytest.mark.usefixtures("_small")
def test_the_baseline_pads_to_the_longest_session_and_ours_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    widths: list[int] = []
    forward = Network.forward

    def noting(
        self: Network,
        events: torch.Tensor,
        pages: torch.Tensor,
        numbers: torch.Tensor,
        hidden: torch.Tensor | None = None,
    ) -> torch.Tensor:
        widths.append(events.shape[1])
        return forward(self, events, pages, numbers, hidden)

    monkeypatch.setattr(Network, "forward", noting)
    figures = train.run(quick=True)
    assert widths.count(figures["longest"]) >= train.PADDED_BATCHES
    assert min(widths) < figures["longest"] / 2

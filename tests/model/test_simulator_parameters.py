"""The simulated shop's file: replaceable, read strictly, every mistake told with its line and what to do."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from model.importers import read
from model.importers.simulated import played
from model.importers.source import Source
from model.simulator.intents import Answer, Intent
from model.simulator.parameters import DEFAULT_FILE, load_parameters
from model.simulator.scripts import ShopperScript
from model.simulator.shopper import draw_shopper
from server.cli import main

TEXT = DEFAULT_FILE.read_text()


def written(folder: Path, text: str) -> Path:
    file = folder / "other.toml"
    file.write_text(text)
    return file


def test_another_file_is_another_shop(tmp_path: Path) -> None:
    other = load_parameters(written(tmp_path, TEXT.replace("add_share = 0.33", "add_share = 0.99")))
    assert other.intents["on_the_fence"].add_share == 0.99
    default = [played(draw_shopper(seed)).has_bought for seed in range(400)]
    assert [played(draw_shopper(seed, load_parameters())).has_bought for seed in range(400)] == default
    assert sum(played(draw_shopper(seed, other)).has_bought for seed in range(400)) > sum(default)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("reviews_share = 0.2\n", "review_share = 0.2\n", "unknown key 'review_share'. Did you mean 'reviews_share'?"),
        ("add_share = 0.74", "add_share = 1.74", "add_share"),
        ("add_share = 0.74", "add_share = -0.1", "add_share"),
        ("add_share = 0.74\n", "", "add_share"),
        ("step_share = 0.99", 'step_share = "most"', "step_share"),
        (
            "still_share = 0.3",
            "still_share = 0.3\nstil_share = 1",
            "unknown key 'stil_share'. Did you mean 'still_share'?",
        ),
        ("home = 0.45, listing = 0.27", "hme = 0.45, listing = 0.27", "unknown page type 'hme'"),
        ("home = 0.45, listing = 0.27", "home = -0.45, listing = 0.27", "a weight is 0 or more"),
        ("waver_leave = 0.4", "waver_leave = 0.95", "at most 1 in all"),
        ("free_shipping = { click_share = 0.5, ", "free_shipping = { click_share = 0.97, ", "at most 1 in all"),
        ("least = 0.12", "least = 12.0", "the least pace is above the most"),
        ("add_share = 0.74", "add_share = nan", "add_share must be a number"),
        ("pause_share = 0.04", "pause_share = inf", "pause_share must be a number"),
        ("home = 0.45, listing = 0.27", "home = inf, listing = 0.27", "home must be a number"),
        ("[margins]", "[margin]", "margin"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_line_and_next_step(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    assert old in TEXT
    file = written(tmp_path, TEXT.replace(old, new, 1))
    with pytest.raises(ConfigError) as refusal:
        load_parameters(file)
    message = str(refusal.value)
    assert says in message
    assert "Next:" in message
    assert str(file) in message
    if new and not new.startswith("[") and "\n" not in new.strip():
        wrong = next(i for i, line in enumerate(file.read_text().splitlines(), start=1) if new.split("\n")[0] in line)
        assert refusal.value.line == wrong


def test_a_file_that_is_not_there_or_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_parameters(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="no TOML"):
        load_parameters(written(tmp_path, "intents = ["))


def test_the_importer_and_the_scripts_take_another_shop_and_refuse_what_is_none(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT.replace("add_share = 0.33", "add_share = 0.99"))
    here, there = (list(read("simulated", Source(path="60", shop=shop))) for shop in ("", str(file)))
    assert [visit.events for visit in here] != [visit.events for visit in there]
    assert ShopperScript(7, 0, load_parameters(file)).shopper.parameters.intents["on_the_fence"].add_share == 0.99
    with pytest.raises(ConfigError, match="Next"):
        read("simulated", Source(path="60", shop=str(tmp_path / "none.toml")))


def test_the_command_takes_a_shop_for_simulated_sessions_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, TEXT.replace("[pages]", "[page]"))
    assert main(["train", "--from", "simulated", "50", "--shop", str(file), "--out", str(tmp_path / "b")]) != 0
    assert f"{file}" in capsys.readouterr().err
    assert main(["train", "--from", "shop-a", str(tmp_path), "--shop", str(file), "--out", str(tmp_path / "b")]) != 0
    assert "--shop is the simulator's" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_margins_say_what_an_order_earns_and_free_shipping_costs_the_fee() -> None:
    margins = load_parameters().margins
    paid = margins.of_order(value_minor=10_000, shipping_paid_minor=999)
    free = margins.of_order(value_minor=10_000, shipping_paid_minor=0)
    assert paid == round(margins.margin_share * 10_000) + 999 - margins.shipping_cost_minor
    assert paid - free == 999
    assert margins.of_order(value_minor=100, shipping_paid_minor=0) < 0


def test_every_key_of_the_file_is_explained() -> None:
    text = (DEFAULT_FILE.parents[2] / "docs" / "simulator.md").read_text()
    shop = load_parameters()
    tables = {"pages": shop.pages, "pace": shop.pace, "paying": shop.paying, "margins": shop.margins}
    expected = [f"`{name}.{key}`" for name, table in tables.items() for key in table.__struct_fields__]
    expected += [f"`{key}" for key in Intent.__struct_fields__] + [f"`{key}`" for key in Answer.__struct_fields__]
    assert [key for key in expected if key not in text] == []

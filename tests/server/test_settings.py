"""Settings: what cannot work is refused with its name and a next step, and nothing is taken for something else."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from server.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "99999"),
        ("port", "0"),
        ("port", "eighty"),
        ("public_url", "shop.example"),
        ("settle_every_s", "0"),
        ("settle_every_s", "nan"),
        ("frames_per_s", "-1"),
        ("events_per_s", "0"),
        ("max_connections", "0"),
        ("log_max_bytes", "-1"),
        ("trust_proxy", "perhaps"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"FIFTHCLICK_{name.upper()}", value)
    with pytest.raises(ConfigError, match=rf"{name}.* Next: see `fifthclick serve --help`"):
        load_settings()


def test_values_that_work_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PORT", "65535"), ("PUBLIC_URL", "https://fc.example"), ("SETTLE_EVERY_S", "0.5")):
        monkeypatch.setenv(f"FIFTHCLICK_{name}", value)
    assert load_settings() == Settings(port=65_535, public_url="https://fc.example", settle_every_s=0.5)


def test_a_misspelt_setting_is_named_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "fifthclick.toml"
    file.write_text("prot = 8700")
    with pytest.raises(ConfigError, match=r"unknown setting 'prot'\. Next: use one of host, port"):
        load_settings(file)
    monkeypatch.setenv("FIFTHCLICK_PROT", "8700")
    with pytest.raises(ConfigError, match="FIFTHCLICK_PROT"):
        load_settings()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"port = ", b"port = 1 = 2"])
def test_a_file_that_is_no_toml_is_named_with_a_next_step(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "fifthclick.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError, match=r"fifthclick\.toml: is no TOML: .* Next: "):
        load_settings(file)


def test_a_file_that_is_not_there_is_named_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"other\.toml: cannot be read: No such file or directory\. Next: "):
        load_settings(tmp_path / "other.toml")

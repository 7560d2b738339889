"""Where the keys of the session tokens come from, and how they are changed without losing a session."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from core.session import Session
from server.live.token import TokenRefused
from server.settings import Settings
from server.token_keys import load_sealer

OLD, NEW = "1 " + "11" * 32, "2 " + "22" * 32
SESSION = Session(id=b"s" * 16)


def _settings(tmp_path: Path, *lines: str) -> Settings:
    file = tmp_path / "keys"
    file.write_text("\n".join(lines))
    return Settings(token_keys_file=str(file))


def test_a_key_is_made_at_first_use_for_this_account_alone_and_stays(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path / "data"))
    token = load_sealer(settings).seal(SESSION, site_id="shop", now_ms=0)
    assert (tmp_path / "data" / "token.keys").stat().st_mode & 0o777 == 0o600
    assert load_sealer(settings).open(token, site_id="shop", session_id=SESSION.id, now_ms=0) == SESSION


def test_a_new_key_is_accepted_before_it_seals_and_an_old_one_after_it(tmp_path: Path) -> None:
    both = load_sealer(_settings(tmp_path, OLD, NEW))
    swapped = load_sealer(_settings(tmp_path, "# the new one seals", NEW, OLD))
    for sealing, opening in ((both, swapped), (swapped, both)):
        token = sealing.seal(SESSION, site_id="shop", now_ms=0)
        assert opening.open(token, site_id="shop", session_id=SESSION.id, now_ms=0) == SESSION


def test_a_key_that_was_taken_out_opens_nothing(tmp_path: Path) -> None:
    token = load_sealer(_settings(tmp_path, OLD)).seal(SESSION, site_id="shop", now_ms=0)
    with pytest.raises(TokenRefused, match="unknown_key"):
        load_sealer(_settings(tmp_path, NEW)).open(token, site_id="shop", session_id=SESSION.id, now_ms=0)


@pytest.mark.parametrize("line", ["1 1234", "x " + "11" * 32, "256 " + "11" * 32, "11" * 32, OLD + " more", "1 zz"])
def test_a_line_that_is_no_key_is_named_and_never_shown(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"keys:2: is no token key\. Next: ") as caught:
        load_sealer(_settings(tmp_path, OLD, line))
    assert "1111" not in str(caught.value)


def test_a_file_without_keys_or_without_a_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no token key"):
        load_sealer(_settings(tmp_path, "# none"))
    with pytest.raises(ConfigError, match="cannot be read"):
        load_sealer(Settings(token_keys_file=str(tmp_path / "nowhere")))

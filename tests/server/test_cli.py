"""The command line before any verb has begun."""

import importlib

import pytest

from server.cli import VERBS, main


@pytest.mark.parametrize("verb", VERBS)
def test_ctrl_c_while_a_verb_is_loaded_is_no_trace(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str) -> None:
        raise KeyboardInterrupt(name)

    monkeypatch.setattr(importlib, "import_module", interrupted)
    assert main([verb]) == 130
    assert capsys.readouterr().err == ""


def test_a_word_that_is_no_verb_is_named_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["nonsense"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "'nonsense'" in error
    assert all(verb in error for verb in VERBS)

"""One door: ``resam VERB`` is ``python -m engine.VERB``."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine import cli
from engine.console import Parser


@pytest.mark.parametrize("verb", sorted(cli.VERBS))
def test_every_verb_of_the_command_has_a_module_with_a_main(verb: str) -> None:
    spec = find_spec(cli.VERBS[verb][0])
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("verb", ["segment", "train", "suggest", "encode", "evaluate", "preview"])
def test_every_verb_that_reads_layers_takes_their_encoding_and_lets_them_lead_to_the_network(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        import_module(cli.VERBS[verb][0]).main(["--help"])
    said = capsys.readouterr().out
    assert "--encoding NAME" in said
    assert "--allow-remote" in said


@pytest.mark.parametrize(
    ("arguments", "said"), [([], "required: VERB"), (["segmnt"], "invalid choice: 'segmnt'")]
)
def test_a_wrong_verb_is_one_line_and_exit_code_two(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(arguments)
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_the_help_of_the_command_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert all(verb in out for verb in cli.VERBS)


@pytest.mark.parametrize("verb", cli.VERBS)
def test_the_help_of_a_verb_says_first_what_it_does_in_words_for_users(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([verb, "--help"])
    out = capsys.readouterr().out
    assert cli.about(verb) in " ".join(out.split())
    assert not re.findall(r"``|:\w+:`", out)


def test_the_help_of_everything_does_not_say_that_the_area_may_be_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["everything", "--help"])
    out = " ".join(capsys.readouterr().out.split())
    assert "--area AREA polygons to look in --" in out


def test_a_docstring_becomes_a_description_without_its_marks() -> None:
    parser = Parser(description="Measure: ``python -m module --data DIR``; see :mod:`engine.scoring`.")
    assert parser.description == "Measure: python -m module --data DIR; see engine.scoring."


def test_a_verb_gets_the_arguments_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "echoing_verb.py").write_text("def main(argv):\n    return len(argv)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.VERBS, "echo", ("echoing_verb", "for this test"))
    assert cli.main(["echo", "--help", "b", "--", "-c"]) == 4


def test_the_help_of_the_command_waits_for_no_library() -> None:
    code = (
        "import sys\n"
        "from engine import cli\n"
        "try:\n"
        "    cli.main(['--help'])\n"
        "except SystemExit as done:\n"
        "    assert done.code == 0\n"
        "heavy = {'torch', 'rasterio', 'numpy', 'geopandas', 'tqdm'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("verb", cli.VERBS)
@pytest.mark.parametrize("called", ["resam", "python -m engine."])
def test_a_verb_calls_itself_as_the_user_called_it(
    verb: str, called: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/resam" if called == "resam" else "engine/verb.py"])
    with pytest.raises(SystemExit, match="0"):
        cli.main([verb, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: {called}{' ' * (called == 'resam')}{verb} ")


@pytest.mark.parametrize("verb", ["train", "suggest"])
def test_a_verb_of_the_training_package_says_what_is_missing_without_it(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "training"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "training", None)
    assert import_module(f"engine.{verb}").main([]) == 2
    shown = capsys.readouterr()
    assert "is not installed; install the extra 'train'" in shown.err
    assert shown.err.count("\n") == 1

"""The project keeps its own rules: who imports whom, what is shipped, what no file may say."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine import cli

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "training", "resam_qgis")

STDLIB_ONLY = ("errors", "config", "cli", "protocol")
STAGES = ("raster", "points", "predict", "refine", "requery", "polygons", "output")
COMMON = {"engine.errors", "engine.config", "engine.grid"}
"""What any stage may import: ``grid`` holds value objects, not work."""
ALLOWED_BETWEEN_STAGES = {("requery", "predict")}
LIGHT = (
    "errors",
    "config",
    "cli",
    "protocol",
    "embeddings",
    "grid",
    "raster",
    "points",
    "polygons",
    "output",
    "preview",
    "scoring",
)
"""Modules that must not pull in torch: they serve commands that need no model."""

MODEL_BYTES_MAX = 12_000_000
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

# Written in pieces so that this file does not contain what it looks for.
FORBIDDEN = re.compile(
    "|".join(
        [
            "/" + r"home/\w+",
            "/" + r"root/",
            "/" + r"Users/\w+",
            r"C:\\+" + "Users",
            "/" + r"work/",
            "/" + r"opt/\w+",
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "download\\." + r"pytorch\.org",
        ]
    )
)
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".qml", ".svg", ".html", ".cfg", ""}


def source_files(*folders: str) -> list[Path]:
    """Every Python file of the folders."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def project_files() -> Iterator[Path]:
    """Every text file that belongs to the project, not to a tool's cache or a build."""
    kept_dots = {".ci", ".gitignore", ".pre-commit-config.yaml"}
    for top in sorted(ROOT.iterdir()):
        if (top.name.startswith(".") and top.name not in kept_dots) or top.name in {"build", "dist"}:
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path


def package_of(path: Path) -> list[str]:
    """The dotted package a file's relative imports start from, in parts."""
    return list(path.relative_to(ROOT).parent.parts)


def imported_modules(path: Path) -> set[str]:
    """Dotted names of everything a file imports, at any depth, relative imports resolved.

    ``from engine import raster`` counts as ``engine`` and as ``engine.raster``.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = package_of(path)
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return found


def first_parts(modules: set[str], depth: int) -> set[str]:
    return {".".join(module.split(".")[:depth]) for module in modules}


def test_imports_are_found_however_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_project.ROOT", tmp_path)
    file = tmp_path / "engine" / "sub" / "module.py"
    file.parent.mkdir(parents=True)
    file.write_text("import os.path\nfrom engine import raster\ndef f():\n    from ..grid import Tile\n")
    assert {"os.path", "engine.raster", "engine.grid"} <= imported_modules(file)


@pytest.mark.parametrize("name", STDLIB_ONLY)
def test_the_lowest_modules_use_the_standard_library_alone(name: str) -> None:
    modules = imported_modules(ROOT / "engine" / f"{name}.py")
    outside = first_parts(modules, 1) - set(sys.stdlib_module_names) - {"engine"}
    inside = first_parts({module for module in modules if module.startswith("engine.")}, 2)
    assert not outside
    assert inside <= {"engine.errors", "engine.config"}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_imports_no_other_stage(name: str) -> None:
    imported = first_parts(imported_modules(ROOT / "engine" / f"{name}.py"), 2) - COMMON
    others = {stage for stage in STAGES if f"engine.{stage}" in imported}
    assert {(name, other) for other in others - {name}} <= ALLOWED_BETWEEN_STAGES


def test_the_grid_imports_no_stage() -> None:
    imported = first_parts(imported_modules(ROOT / "engine" / "grid.py"), 2)
    assert not imported & {f"engine.{stage}" for stage in STAGES}


def test_the_engine_never_imports_the_training_package() -> None:
    guilty = {path for path in source_files("engine") if "training" in first_parts(imported_modules(path), 1)}
    assert not guilty


def test_modules_that_need_no_model_do_not_load_torch() -> None:
    code = "import sys, engine\n" + "\n".join(f"import engine.{name}" for name in LIGHT)
    code += "\nheavy = {'torch', 'peft', 'transformers'} & set(sys.modules)\nassert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_module_that_holds_code_says_what_it_is_for() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in source_files(*PACKAGES)}
    assert not [str(path) for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)]


def test_files_and_functions_stay_short() -> None:
    too_long = []
    for path in source_files(*PACKAGES, "tests", "tools"):
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > FILE_LINES_MAX:
            too_long.append(f"{path.name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    too_long.append(f"{path.name}: {node.name} has {lines} lines")
    assert not too_long


def test_no_file_names_a_private_path_or_a_package_registry() -> None:
    hits = []
    for path in project_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := FORBIDDEN.search(line):
                hits.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not hits


def test_the_changelog_has_the_current_version() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


def test_the_readme_shows_the_two_commands_a_newcomer_needs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def test_the_ci_script_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_locked_requirement_has_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
        requirements = " ".join(lines).replace("\\", " ").strip()
        pins = re.split(r"(?<=[0-9a-f]{64})\s+(?=[a-z])", requirements)
        assert all(
            re.match(r"[a-z0-9._-]+==\S+( ; [^\\]*?)?(\s+--hash=sha256:[0-9a-f]{64})+$", pin) for pin in pins
        ), lock


def test_the_locks_hold_no_torchvision() -> None:
    assert not [lock for lock in (ROOT / "requirements").glob("*.txt") if "torchvision" in lock.read_text()]


def test_the_embedded_model_is_there_and_small_enough_to_ship() -> None:
    size = (ROOT / "engine" / "models" / "nano.safetensors").stat().st_size
    assert 0 < size <= MODEL_BYTES_MAX


@pytest.mark.parametrize("verb", sorted(cli.VERBS))
def test_every_verb_of_the_command_has_a_module_with_a_main(verb: str) -> None:
    spec = find_spec(cli.VERBS[verb][0])
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("arguments", "said"), [([], "no verb given"), (["segmnt"], "unknown verb 'segmnt'")]
)
def test_a_wrong_verb_is_one_line_and_exit_code_two(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_the_help_of_the_command_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in cli.VERBS)


def test_a_verb_gets_the_arguments_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "echoing_verb.py").write_text("def main(argv):\n    return len(argv)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(cli.VERBS, "echo", ("echoing_verb", "for this test"))
    assert cli.main(["echo", "--a", "b", "c"]) == 3

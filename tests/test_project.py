"""The project keeps its own rules: who imports whom, what is shipped, what no file may say."""

from __future__ import annotations

import ast
import graphlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("engine", "training", "resam_qgis")

STDLIB_ONLY = ("errors", "config", "cli", "files", "messages", "protocol", "schema")
GROUND = "ground floor"
FLOORS = {
    "engine": (GROUND, "reading", "models", "writing", "stages", "cluster", "runs", "serving", "verbs"),
    "training": (GROUND, "scenes", "pretrain", "adapt", "find", "benchmark", "nano", "suggest", "demo"),
}
"""The rooms of each package from the ground up: a room imports only from those below it."""
RUNS = {"execution", "finding", "publishing", "segmentation", "scoring", "tile_work"}
VERBS = {
    "adapters",
    "cli",
    "encode",
    "evaluate",
    "everything",
    "find",
    "options",
    "preview",
    "segment",
    "selftest",
    "suggest",
    "train",
}
"""Modules of the engine that lie in no folder but not on the ground floor either."""
INDEPENDENT = ("predict", "refine", "requery", "polygons")
"""Stages that do not import each other, with one exception; ``pipeline`` and ``layer`` compose them."""
ALLOWED_BETWEEN_STAGES = {("requery", "predict")}
LIGHT = (
    "errors",
    "config",
    "cli",
    "protocol",
    "grid",
    "preview",
    "scoring",
    "reading.raster",
    "reading.points",
    "stages.polygons",
    "writing.output",
    "serving.embeddings",
)
"""Modules that must not pull in torch: they serve commands that need no model."""

MODEL_BYTES_MAX = 12_000_000
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50

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
    assert inside <= {"engine.errors", "engine.config", "engine.schema"}


def modules_of(package: str) -> dict[str, Path]:
    """Dotted name and file of every module of a package; a package counts by its own name."""
    found = {}
    for path in source_files(package):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str) -> str:
    """The room that a module lies in; of the engine, modules beside the folders are sorted by name."""
    package, *rest = module.split(".")
    if len(rest) > 1 or (rest and rest[0] in FLOORS[package]):
        return "verbs" if module == "engine.models.__main__" else rest[0]
    if package == "engine" and rest and rest[0] in RUNS | VERBS:
        return "runs" if rest[0] in RUNS else "verbs"
    return GROUND


def inner_imports(package: str) -> dict[str, set[str]]:
    """What every module of a package imports of the same package."""
    modules = modules_of(package)
    return {
        name: (imported_modules(path) & modules.keys()) - {name, *ancestors(name)}
        for name, path in modules.items()
    }


def ancestors(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


@pytest.mark.parametrize("package", FLOORS)
def test_a_room_imports_only_from_the_rooms_below_it(package: str) -> None:
    floors = FLOORS[package]
    upwards = [
        f"{name} imports {other}"
        for name, others in inner_imports(package).items()
        for other in others
        if other != package and floors.index(room_of(other)) > floors.index(room_of(name))
    ]
    assert not upwards


@pytest.mark.parametrize("package", FLOORS)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    order = graphlib.TopologicalSorter(inner_imports(package))
    order.prepare()  # CycleError names the circle.


@pytest.mark.parametrize("name", INDEPENDENT)
def test_a_stage_imports_no_other_stage(name: str) -> None:
    imported = imported_modules(ROOT / "engine" / "stages" / f"{name}.py")
    others = {stage for stage in INDEPENDENT if f"engine.stages.{stage}" in imported}
    assert {(name, other) for other in others - {name}} <= ALLOWED_BETWEEN_STAGES


@pytest.mark.parametrize("package", FLOORS)
def test_the_architecture_page_lists_every_module_in_its_room(package: str) -> None:
    rooms: dict[str, set[str]] = {}
    for name, path in modules_of(package).items():
        if path.stem not in ("__init__", "__main__"):
            rooms.setdefault(room_of(name), set()).add(path.stem)
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `{package}/` ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)
    assert {room.strip(): set(re.findall(r"`(\w+)`", listed)) for room, listed in rows} == rooms


def test_the_engine_never_imports_the_training_package() -> None:
    guilty = {path for path in source_files("engine") if "training" in first_parts(imported_modules(path), 1)}
    assert not guilty


def test_modules_that_need_no_model_do_not_load_torch() -> None:
    code = "import sys, engine\n" + "\n".join(f"import engine.{name}" for name in LIGHT)
    code += "\nheavy = {'torch', 'peft', 'transformers'} & set(sys.modules)\nassert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_package_that_is_imported_is_declared() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in ("train", "cluster") for line in project["optional-dependencies"][extra]),
    ]
    declared = {re.split("[<>=]", line)[0].lower() for line in lines}
    modules = set().union(*map(imported_modules, source_files("engine", "training")))
    outside = first_parts(modules, 1) - set(sys.stdlib_module_names) - {*PACKAGES}
    owners = packages_distributions()
    names = {name: {owner.lower().replace("_", "-") for owner in owners[name]} for name in outside}
    assert not {name for name, owning in names.items() if not owning & declared}


def test_every_module_that_holds_code_says_what_it_is_for() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in source_files(*PACKAGES)}
    assert not [str(path) for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)]


def test_files_and_functions_stay_short() -> None:
    too_long = []
    for path in source_files(*PACKAGES, "benchmarks", "tests", "tools"):
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

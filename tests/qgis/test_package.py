"""The archive keeps the plugin repository's rules, and the plugin the project's own."""

from __future__ import annotations

import ast
import configparser
import importlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "resam_qgis"
LARGEST = 16_000_000
KEYS = {
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "qgisMaximumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
    "hasProcessingProvider",
}
NO_PLACE = (".pyc", ".so", ".dll", ".pyd", ".exe", ".whl", ".ui", ".ts", "__pycache__", ".git")
MODULES = sorted(PLUGIN.rglob("*.py"))


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(package) as archive:
        archive.extractall(folder)
    return folder / "resam_qgis"


def test_the_archive_is_one_folder_below_the_limit_without_anything_built(package: Path) -> None:
    assert package.stat().st_size < LARGEST
    with zipfile.ZipFile(package) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"resam_qgis"}
    assert not [name for name in names if name.endswith(NO_PLACE) or "__pycache__" in name]
    needed = {
        "metadata.txt",
        "LICENSE",
        "__init__.py",
        "sample/scene.tif",
        "help/index.html",
        "icons/resam.svg",
    }
    bundled = {
        "engine/serving/worker.py",
        "engine/models/nano.safetensors",
        "training/suggest/__init__.py",
        "requirements/runtime.txt",
    }
    wanted = {f"resam_qgis/{name}" for name in needed} | {f"resam_qgis/bundle/{name}" for name in bundled}
    assert wanted <= set(names)


def test_the_same_commit_gives_the_same_archive(package: Path, tmp_path: Path) -> None:
    code = "import package, pathlib, sys; print(package.build(pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(tmp_path)]
    again = subprocess.run(command, cwd=ROOT / "tools", capture_output=True, text=True, check=True)
    assert Path(again.stdout.strip()).read_bytes() == package.read_bytes()


def test_the_metadata_has_every_key_and_the_projects_version(unpacked: Path) -> None:
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(unpacked / "metadata.txt", encoding="utf-8")
    general = metadata["general"]
    assert set(general) >= {key.lower() for key in KEYS}
    assert general["qgisMinimumVersion"] == "3.22"
    assert general["qgisMaximumVersion"] == "4.99"
    assert general["hasProcessingProvider"] == "yes"
    assert f'version = "{general["version"]}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert (unpacked / general["icon"]).is_file()


def test_the_repositorys_scan_finds_nothing(unpacked: Path) -> None:
    command = [sys.executable, "-m", "bandit", "--quiet", "--recursive", "--ignore-nosec", "--format", "json"]
    done = subprocess.run([*command, str(unpacked)], capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["metrics"]["_totals"]["loc"] > 10_000
    assert [f"{r['filename']}:{r['line_number']}: {r['test_id']}" for r in found["results"]] == []


def test_no_string_looks_like_a_key(unpacked: Path) -> None:
    """Quoted strings of nothing but hexadecimal or base64 digits are what scanners for secrets report."""
    suspicious = re.compile(r"""["']([0-9a-fA-F]{32,}|[A-Za-z0-9+/]{60,}={0,2})["']""")
    texts = [path for path in unpacked.rglob("*") if path.suffix in (".py", ".json", ".txt", ".html")]
    assert not [path for path in texts if suspicious.search(path.read_text(encoding="utf-8"))]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_a_module_imports_the_standard_library_qgis_and_the_plugin_alone(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    assert tops <= set(sys.stdlib_module_names) | {"qgis"}
    assert "subprocess" not in tops


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_a_module_can_be_read_by_the_oldest_python_of_qgis(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    only_words = len(tree.body) == 1
    assert only_words or "annotations" in imported, "else annotations with | are evaluated"


def test_the_glue_is_short_and_no_file_is_long() -> None:
    lines = {path.name: path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert lines["plugin.py"] < 100
    assert max(lines.values()) <= 400


QT = {"QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtTest"}


def qt_names(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Every use of a Qt name in a file: its module, and the dotted parts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            for alias in node.names:
                known[alias.asname or alias.name] = (node.module.split(".")[-1], alias.name)
                yield node.module.split(".")[-1], [alias.name]
    for node in ast.walk(tree):
        parts: list[str] = []
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute):
            parts.insert(0, inner.attr)
            inner = inner.value
        if parts and isinstance(inner, ast.Name) and inner.id in known:
            module, name = known[inner.id]
            yield module, [name, *parts]


# qt.py holds the names that differ, each behind a question.
@pytest.mark.parametrize(
    "path", [p for p in MODULES if p.name != "qt.py"], ids=lambda path: str(path.relative_to(PLUGIN))
)
def test_every_qt_name_is_in_qt_6(path: Path) -> None:
    for module, parts in qt_names(path):
        found = importlib.import_module(f"PyQt6.{module}")
        for part in parts:
            # Attributes of instances and of Python strings end the chain.
            if not isinstance(found, type) and not hasattr(found, "__file__"):
                break
            assert hasattr(found, part), f"{path.name}: {module}.{'.'.join(parts)} is not in Qt 6"
            found = getattr(found, part)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_nothing_is_used_that_qt_6_or_qgis_4_removed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    gone = (
        r"\.exec_\(",
        r"\bQRegExp\b",
        r"\bQVariant\.Type\b",
        r"from PyQt5",
        r"from PyQt6",
        r"\bQgsWkbTypes\.[A-Z]\w+Geometry\b",
    )
    assert not [pattern for pattern in gone if re.search(pattern, text)]


def test_every_algorithm_is_in_the_manual() -> None:
    page = (PLUGIN / "help" / "index.html").read_text(encoding="utf-8")
    names = [
        match[1]
        for path in (PLUGIN / "algorithms").glob("*.py")
        for match in re.finditer(r'^    NAME = "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(names) == 7
    assert not [name for name in names if f'id="{name}"' not in page]

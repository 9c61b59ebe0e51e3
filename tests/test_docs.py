"""The pages keep up with the program: every option is described, links lead somewhere, the example runs."""

from __future__ import annotations

import argparse
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from engine import adapters, cli
from engine.models import registry
from engine.writing.output import FIELDS
from tests.fakes import FakeSegmenter
from training.adapt import command
from training.scenes import write_scene
from training.scenes.mosaic import mosaic
from training.suggest import command as suggest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
ADAPTING = (ROOT / "docs" / "adapting.md").read_text(encoding="utf-8")
USAGE = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Long options of a parser, without help."""
    return {text for action in parser._actions for text in action.option_strings if text.startswith("--")} - {
        "--help"
    }


def _verbs(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers of what a command does."""
    (verbs,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return list(verbs.choices.values())


@pytest.mark.parametrize("verb", ["segment", "find", "everything", "evaluate", "preview", "encode"])
def test_the_usage_page_describes_every_option(verb: str) -> None:
    parser = import_module(cli.VERBS[verb][0] if verb != "find" else "training.find.command")._parser()
    missing = {option for option in options_of(parser) if not re.search(rf"`{option}\b", USAGE)}
    assert not missing


@pytest.mark.parametrize(
    "parser",
    [command.parser(), suggest._parser(), *_verbs(adapters._parser())],
    ids=lambda parser: parser.prog,
)
def test_the_page_on_adapting_describes_every_option(parser: argparse.ArgumentParser) -> None:
    missing = {option for option in options_of(parser) if not re.search(rf"`?{option}\b", ADAPTING)}
    assert not missing


def test_the_usage_page_describes_every_column_verb_and_model_family() -> None:
    wanted = {*FIELDS, *cli.VERBS}
    assert not {name for name in wanted if f"`{name}`" not in USAGE}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(
        spec.name in readme or f"`_{spec.name.split('_')[-1]}`" in readme for spec in registry.MODELS.values()
    )


def anchor(heading: str) -> str:
    """What a heading is called in a link, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """The anchors of all headings of a page."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_local_link_leads_to_a_file_and_a_heading_in_it(page: Path) -> None:
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        file, _, heading = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (heading and target.suffix == ".md" and heading not in anchors(target)):
            lost.append(link)
    assert not lost


def test_the_python_example_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", USAGE, re.DOTALL)
    rng = np.random.default_rng(0)
    write_scene(mosaic(rng, [["vehicles"]], 128, gsd=0.5, most=3), tmp_path, rng)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "load", lambda *names: FakeSegmenter())
    exec(compile(example, "usage.md", "exec"), {})
    assert "accepted" in capsys.readouterr().out
    assert (tmp_path / "polygons.gpkg").exists()


def test_the_picture_of_the_front_page_is_small_enough_to_load_at_once() -> None:
    assert 0 < (ROOT / "docs" / "images" / "roofs.jpg").stat().st_size < 300_000

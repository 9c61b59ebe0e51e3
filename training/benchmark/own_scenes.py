"""Scenes adapted to by their own clicks: ``python -m training.benchmark.own_scenes --folder DIR --out DIR``.

What a user does: of each GeoTIFF's clicks (layer ``points`` of the GeoPackage of its name) most are learned
from, the others are segmented before and after, with refine, requery and zoom, and compared with their true
polygons (layer ``objects``). A line a scene goes to ``scenes.jsonl`` as it is done, so that a run which is
started again leaves it out; the table, over all held-out objects too, to ``table.md``. ``--only roof`` takes
the clicks and objects alone whose ``class`` is that, as an analyst clicks one kind of thing. ``--by-class``
gives each class an adapter of its own, as ``train`` does; classes with too few objects for one are left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, count_or_none, run_command
from engine.errors import ConfigError, EngineError
from engine.metrics import bootstrap_interval
from engine.options import model_loader
from engine.reading.vector import Kind, read_layer
from training.adapt.classes import kinds_of, shown
from training.adapt.options import PRESETS, RunOptions
from training.adapt.recipe import AdaptResult, adapt
from training.adapt.sources import TrainRequest
from training.benchmark.evalsets import of_class
from training.results import add_lines, check_folder, check_same, go_on_with, run_all, write_whole
from training.run_lock import alone

ROWS = "scenes.jsonl"
LAYERS: dict[str, Kind] = {"points": "point", "objects": "polygon"}
MIN_CLICKS = 2
"""Clicks without which a scene is left out: one to learn from, one to evaluate on."""


@dataclass(frozen=True)
class SceneChange:
    """What adapting did to one scene.

    Attributes:
        learned: objects that were learned from.
        before, after: IoU of each held-out object.
        proxies: change of the mean of the proxies.
        verdict: on this scene alone, of each adapter.
    """

    name: str
    learned: int
    steps: int
    before: tuple[float, ...]
    after: tuple[float, ...]
    proxies: float
    verdict: str


def run_scene(
    path: Path, out: Path, model: str, holdout: float, seed: int, only: str | None, by_class: bool = False
) -> SceneChange | None:
    """Adapt to one scene; its adapter and report, or those of each class, stay in a folder of its name.

    Returns:
        None if it has fewer than two clicks, of the class ``only`` if one is given.
    """
    layers = path.with_suffix(".gpkg")
    points, objects = (
        read_layer(layers, kind, layer=name, target=None).frame for name, kind in LAYERS.items()
    )
    if only is not None:
        points, objects = (of_class(frame, only, layers) for frame in (points, objects))
        layers = out / f"{path.stem}-{only}.gpkg"
        points.to_file(layers, layer="points")
        objects.to_file(layers, layer="objects")
    if len(points) < MIN_CLICKS:
        return None
    request = TrainRequest(
        rasters=(str(path),),
        points=layers,
        layer="points",
        out=out / path.stem,
        model=model,
        reference=layers,
        reference_layer="objects",
        holdout=holdout,
        seed=seed,
    )
    reporter = Reporter("own_scenes", quiet=True)
    loader = model_loader(SegmentConfig(model=model, device="cpu"), threads=1)
    command = f"python -m training.benchmark.own_scenes --folder {path.parent}"
    run_options = RunOptions(command, overwrite=True)
    asked = _of_each_class(request) if by_class else [request]
    if not asked:
        return None
    outcomes = [adapt(one, PRESETS["default"], run_options, loader, reporter) for one in asked]
    return _together([_change(path, outcome) for outcome in outcomes])


def _of_each_class(request: TrainRequest) -> list[TrainRequest]:
    """The request for each class that has objects enough."""
    learned = kinds_of(request).learned
    return [replace(request, only=kind, out=request.out / shown(kind)) for kind in learned]


def _together(changes: Sequence[SceneChange]) -> SceneChange:
    """What several adapters did to the objects of one scene, each to its own."""
    if len(changes) == 1:
        return changes[0]
    objects = [len(change.before) for change in changes]
    return SceneChange(
        changes[0].name,
        sum(change.learned for change in changes),
        sum(change.steps for change in changes),
        tuple(iou for change in changes for iou in change.before),
        tuple(iou for change in changes for iou in change.after),
        float(np.average([change.proxies for change in changes], weights=objects)),
        ", ".join(change.verdict for change in changes),
    )


def _change(path: Path, outcome: AdaptResult) -> SceneChange:
    """ConfigError if no held-out click lies in a true polygon."""
    evaluation, card = outcome.evaluation, outcome.card
    if evaluation is None or not evaluation.before.iou:
        raise ConfigError(f"{path}: no held-out click lies in a true polygon")
    keys = sorted(evaluation.before.iou)
    old, new = (
        float(np.mean([found.score for found in figures.proxies.values()]))
        for figures in (evaluation.before, evaluation.after)
    )
    return SceneChange(
        path.stem,
        card["objects"]["learned"],
        card["steps"],
        tuple(evaluation.before.iou[key] for key in keys),
        tuple(evaluation.after.iou[key] for key in keys),
        new - old,
        evaluation.verdict.word,
    )


def table(scenes: Sequence[SceneChange]) -> str:
    """Markdown: IoU before and after by scene, and over all held-out objects with a paired interval."""
    columns = "scene", "learned from", "held out", "steps", "before", "after", "change", "verdict", "proxies"
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for scene in scenes:
        before, after = (100 * float(np.mean(values)) for values in (scene.before, scene.after))
        lines.append(
            f"| {scene.name} | {scene.learned} | {len(scene.before)} | {scene.steps} | {before:.1f} | "
            f"{after:.1f} | {after - before:+.1f} | {scene.verdict} | {scene.proxies:+.2f} |"
        )
    old = 100 * np.concatenate([scene.before for scene in scenes])
    new = 100 * np.concatenate([scene.after for scene in scenes])
    low, high = bootstrap_interval(new - old, np.random.default_rng(0))
    change = f"{(new - old).mean():+.1f} ({low:+.1f} to {high:+.1f})"
    learned = sum(scene.learned for scene in scenes)
    lines.append(f"| all | {learned} | {len(old)} | | {old.mean():.1f} | {new.mean():.1f} | {change} | | |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.own_scenes", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--holdout", type=float, default=0.4, help="share of the objects to evaluate on")
    parser.add_argument("--only", metavar="CLASS", help="clicks and objects of this class alone")
    parser.add_argument("--by-class", action="store_true", help="an adapter for each class, not one for all")
    parser.add_argument("--seed", type=count_or_none, default=0, help="other objects held out, another order")
    parser.add_argument("--workers", type=count, default=2)
    options = parser.parse_args(argv)
    interrupted = "interrupted; run it again to continue"
    work = alone(options.out, "--out", lambda reporter: _work(options))
    return run_command(work, Reporter("own_scenes"), interrupted)


def _work(options: argparse.Namespace) -> None:
    rows = options.out / ROWS
    check_folder(rows)
    paths = sorted(options.folder.glob("*.tif"))
    if not paths:
        raise ConfigError(f"{options.folder}: no GeoTIFFs in it; check --folder")
    identity = {name: getattr(options, name) for name in ("model", "holdout", "seed", "only")}
    if options.by_class:  # Folders say nothing of it that are older than the option.
        identity["by_class"] = True
    check_same(options.out / "setting.json", identity, "--out")
    done = {scene.name: scene for scene in (SceneChange(**entry) for entry in go_on_with(rows))}
    failed = []

    def keep(path: Path, future: Future[SceneChange | None]) -> None:
        try:
            scene = future.result()
        except EngineError as error:
            failed.append(f"{path.stem}: {error}")
            return
        if scene is not None:
            done[scene.name] = scene
            add_lines(rows, [asdict(scene)])

    work = partial(
        run_scene,
        out=options.out,
        model=options.model,
        holdout=options.holdout,
        seed=options.seed,
        only=options.only,
        by_class=options.by_class,
    )
    run_all(work, [path for path in paths if path.stem not in done], options.workers, keep)
    if done:
        text = table([done[path.stem] for path in paths if path.stem in done])
        write_whole(options.out / "table.md", text + "\n")
        print(text)
    if failed:
        raise ConfigError(f"{len(failed)} scenes have no row, the others have: {'; '.join(sorted(failed))}")
    if not done:
        kind = "" if options.only is None else f" of class {options.only}"
        raise ConfigError(f"{options.folder}: no scene has {MIN_CLICKS} clicks{kind}")


if __name__ == "__main__":
    sys.exit(main())

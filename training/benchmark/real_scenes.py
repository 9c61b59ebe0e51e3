"""A model on real scenes: ``python -m training.benchmark.real_scenes --folder DIR --out DIR``.

The folder holds GeoTIFFs, each with a GeoPackage of the same name: layers ``points`` (a click per object) and
``objects`` (true polygons). Every scene is segmented in the three ways of the demo; the table goes to
``table.md`` and a picture of each scene beside it.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import shapely

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, count, run_command
from engine.errors import ConfigError
from engine.metrics import bootstrap_interval
from engine.options import model_loader
from engine.reading.vector import read_layer
from engine.scoring import Match, Reference, measure
from engine.writing.picture import save_picture
from training.benchmark.scene_results import STAGES, SceneResult, compare, pictures
from training.results import check_folder, write_whole
from training.run_lock import alone
from training.scenes import SceneFiles


@dataclass(frozen=True)
class SceneScores:
    """What became of the clicks of one scene.

    Attributes:
        matches: objects with their IoU, by arm.
        disc: (n,) IoU that discs of the mean object area around the clicks reach: chance, knowing the size.
        rejected: clicks without a polygon by reason, in the last arm.
    """

    name: str
    matches: dict[str, tuple[Match, ...]]
    disc: tuple[float, ...]
    rejected: dict[str, int]


def run_scene(path: Path, out: Path, model: str) -> SceneScores:
    """Segment one scene in every way and draw the last."""
    layers = path.with_suffix(".gpkg")
    files = SceneFiles(raster=path, objects=layers, points=layers)
    config = SegmentConfig(model=model)
    outcomes = compare(files, config, model_loader(config, threads=1)(), "real_scenes")
    last = outcomes[-1]
    _, picture = pictures(files, last.result.frame)
    save_picture(picture, out / f"{path.stem}.png")
    reasons = last.result.frame.loc[last.result.frame["status"] == "rejected", "reason"].value_counts()
    return SceneScores(
        path.stem,
        {outcome.name: outcome.report.matches for outcome in outcomes},
        _discs(last, layers),
        {str(reason): int(count) for reason, count in reasons.items()},
    )


def _discs(outcome: SceneResult, reference: Path) -> tuple[float, ...]:
    frame, grid = outcome.result.frame, outcome.result.grid
    truth = read_layer(reference, "polygon", target=grid.crs_wkt).frame
    radius = float(np.sqrt(truth.geometry.area.mean() / np.pi))
    clicks = {prompt.prompt_id: grid.to_world(prompt.anchor)[0] for prompt in outcome.result.prompts.prompts}
    discs = [
        shapely.Point(clicks[number]).buffer(radius) if number in clicks else None
        for number in frame["prompt_id"]
    ]
    guessed = frame.assign(status="accepted").set_geometry(discs, crs=frame.crs)
    result = type(outcome.result)(guessed, outcome.result.run, outcome.result.prompts, grid)
    return tuple(match.iou for match in measure(result, Reference(reference)).matches)


def table(scores: list[SceneScores]) -> str:
    """Markdown: mean IoU over objects, by scene and arm."""
    names = [name for name, _ in STAGES]
    lines = [
        f"| scene | objects | disc | {' | '.join(names)} | no polygon |",
        "|---" * (len(names) + 4) + "|",
    ]
    for scene in scores:
        means = [np.mean([match.iou for match in scene.matches[name]]) * 100 for name in names]
        cells = " | ".join(f"{mean:.1f}" for mean in means)
        missing = ", ".join(f"{count}: {reason}" for reason, count in scene.rejected.items()) or "0"
        count = len(scene.matches[names[0]])
        lines.append(f"| {scene.name} | {count} | {np.mean(scene.disc) * 100:.1f} | {cells} | {missing} |")
    everything = [np.array([m.iou for s in scores for m in s.matches[name]]) * 100 for name in names]
    rng = np.random.default_rng(0)
    cells = " | ".join(
        "{:.1f} ({:.1f} to {:.1f})".format(v.mean(), *bootstrap_interval(v, rng)) for v in everything
    )
    disc = np.mean([iou for scene in scores for iou in scene.disc]) * 100
    rejected = sum(sum(scene.rejected.values()) for scene in scores)
    lines.append(f"| all | {len(everything[0])} | {disc:.1f} | {cells} | {rejected} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    parser = Parser(prog="python -m training.benchmark.real_scenes", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="nano")
    parser.add_argument("--workers", type=count, default=2)
    options = parser.parse_args(argv)
    return run_command(alone(options.out, "--out", lambda reporter: _work(options)), Reporter("real_scenes"))


def _work(options: argparse.Namespace) -> None:
    check_folder(options.out / "table.md")
    paths = sorted(options.folder.glob("*.tif"))
    if not paths:
        raise ConfigError(f"{options.folder}: no GeoTIFFs in it; check --folder")
    work = partial(run_scene, out=options.out, model=options.model)
    with ProcessPoolExecutor(options.workers) as pool:
        text = table(list(pool.map(work, paths)))
    write_whole(options.out / "table.md", text + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())

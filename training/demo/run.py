"""``python -m training.demo``: a scene with known objects, segmented from one click each, measured and shown.

Everything that is written lies in one folder and comes from the program alone: no imagery, no download.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from engine.config import SegmentConfig
from engine.console import Parser, Reporter, run_command
from engine.errors import ConfigError, OutputError
from engine.files import save_json
from engine.options import check_threads, model_loader
from engine.writing.output import write_layer
from engine.writing.picture import save_picture
from training.benchmark.scene_results import SceneResult, compare, pictures
from training.demo.adapt import adapt_scene, sentence, summary_of
from training.demo.report import closing_lines, report_page
from training.scenes import SceneFiles, write_scene
from training.scenes.mosaic import mosaic

LAYOUT = (("roofs", "courts", "roofs"), ("vehicles", "roofs", "tanks"), ("harbour", "roofs", "airport"))
"""What the scene shows, from the north-west: one generated scene each, side by side."""
RADAR_LAYOUT = (("side-looking",) * 5,) * 5
"""The second scene, which the model adapts to: a radar that it has never seen. On what it learned from, its
own answers have nothing to teach it. It is larger than the first, since few objects prove nothing."""
RADAR, RADAR_SEED = "radar", 2
"""Its folder, and what is added to the demo's seed, so that the two scenes are drawn apart."""
SHEET_PX = 512
GSD_M = 0.3
MOST_OBJECTS, RADAR_OBJECTS = 8, 100
"""Objects that are clicked in each part of the scene."""
GAP_PX = 12


def main(argv: list[str] | None = None) -> int:
    """Run the command line; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    return run_command(lambda reporter: _work(options, reporter), Reporter("demo"))


def _work(options: argparse.Namespace, reporter: Reporter) -> None:
    _check(options)
    folder: Path = options.out
    config = SegmentConfig(device="cpu")
    # Before anything is written: a folder with a new scene and old polygons would mislead.
    model = model_loader(config, options.threads)()
    reporter.event("scene", "making a scene …")
    files = make_scene(folder, options.seed, options.sheets)
    command = f"demo --seed {options.seed} --sheets {options.sheets}"
    outcomes = compare(files, config, model, command)
    adapted = None
    if options.adapt:
        loader = model_loader(config, options.threads)
        seed = options.seed + RADAR_SEED
        sheets = len(RADAR_LAYOUT) * options.sheets // len(LAYOUT)
        radar = make_scene(folder / RADAR, seed, sheets, RADAR_LAYOUT, RADAR_OBJECTS)
        adapted = adapt_scene(radar, folder, loader, reporter, options.seed)
    best = outcomes[-1].result
    write_layer(folder / "polygons.gpkg", best.frame, best.run, overwrite=True)
    summary = summarise(outcomes, options.seed)
    save_json(summary, folder / "report.json")
    before, after = pictures(files, best.frame)
    save_picture(side_by_side(before, after), folder / "picture.jpg")
    more = None if adapted is None else summary_of(adapted)
    _write_text(folder / "report.html", report_page(summary, before, after, folder, more))
    print(closing_lines(summary, folder, None if adapted is None else sentence(adapted.card)))


def make_scene(
    folder: Path,
    seed: int,
    sheets: int = len(LAYOUT),
    layout: Sequence[Sequence[str]] = LAYOUT,
    most: int = MOST_OBJECTS,
) -> SceneFiles:
    """Generate the scene and write raster, clicks and true polygons; the same seed gives the same files.

    Args:
        sheets: parts a side, at most those of the layout.
        layout: what each part shows.
        most: objects of each part that are clicked.
    """
    rng = np.random.default_rng(seed)
    domains = [row[:sheets] for row in layout[:sheets]]
    scene = mosaic(rng, domains, SHEET_PX, gsd=GSD_M, most=most)
    return write_scene(scene, folder, rng)


def summarise(outcomes: Sequence[SceneResult], seed: int) -> dict[str, Any]:
    """All numbers of the demo as plain JSON types; the report shows these and no others."""
    best = outcomes[-1]
    frame = best.result.frame
    reasons = frame.loc[frame["status"] == "rejected", "reason"].value_counts()
    return {
        "seed": seed,
        "scene": {
            "width": best.result.grid.width,
            "height": best.result.grid.height,
            "metres_per_pixel": GSD_M,
            "objects": best.report.n_prompts,
        },
        "arms": [outcome.to_dict() for outcome in outcomes],
        "rejected": {str(reason): int(count) for reason, count in reasons.items()},
        "matches": [asdict(match) for match in best.report.matches],
        "run": best.result.run,
    }


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Two pictures of one height as one, with a white gap between them."""
    both = Image.new("RGB", (left.width + GAP_PX + right.width, max(left.height, right.height)), "white")
    both.paste(left, (0, 0))
    both.paste(right, (left.width + GAP_PX, 0))
    return both


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m training.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder (default: build/demo)")
    parser.add_argument("--seed", type=int, default=0, help="another number, another scene (default: 0)")
    parser.add_argument("--threads", type=int, help="processor threads (default: all)")
    parser.add_argument(
        "--sheets", type=int, default=len(LAYOUT), help="parts of the scene a side, 1 to 3 (default: 3)"
    )
    parser.add_argument(
        "--no-adapt", dest="adapt", action="store_false", help="leave out the adaptation to the clicks"
    )
    return parser


def _check(options: argparse.Namespace) -> None:
    if options.seed < 0:
        raise ConfigError(f"--seed must not be negative, not {options.seed}")
    check_threads(options.threads)
    if not 1 <= options.sheets <= len(LAYOUT):
        raise ConfigError(f"--sheets must be 1 to {len(LAYOUT)}, not {options.sheets}")


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


if __name__ == "__main__":
    sys.exit(main())

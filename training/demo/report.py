"""What the demo found, as a page and as lines to print; every number comes from the summary it is given."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from training import html

Table = tuple[Sequence[str], list[Sequence[str]]]
"""Header and rows."""

_ARMS_NOTE = (
    "The same clicks and the same model each time. IoU is the mean over objects, a click without a polygon "
    "counting 0; the interval is a 95 % bootstrap over objects. The scene comes from the generator that the "
    "bundled model learned from, though it never saw this one: real imagery is harder."
)
_STATUS_NOTE = "review: the model's own score is below 0.5. rejected: no polygon was made."


def report_page(
    summary: dict[str, Any],
    before: Image.Image,
    after: Image.Image,
    folder: Path,
    adapted: Sequence[str] = (),
) -> str:
    """The report as one HTML file.

    Args:
        summary: what :func:`training.demo.run.summarise` returns.
        before, after: the scene with its clicks, and with its polygons.
        folder: where the demo's files lie, for the commands to try next.
        adapted: the part of the page on adaptation.
    """
    return html.page(
        "Segmentation demo",
        [
            html.paragraph(_introduction(summary)),
            html.figure(after, "The polygons, coloured by the model's own score: red is low, green is high."),
            html.figure(before, "What the model was given: the scene, and one click in each object."),
            html.heading("What refine, requery and zoom add"),
            html.table(*arms_table(summary)),
            html.paragraph(_ARMS_NOTE, note=True),
            html.heading("IoU by class"),
            html.table(*classes_table(summary)),
            html.heading("Polygons by status"),
            html.table(*status_table(summary)),
            html.paragraph(_STATUS_NOTE, note=True),
            *adapted,
            html.heading("What to try next"),
            html.code(next_steps(folder)),
            html.heading("How it was made"),
            html.paragraph(
                f"All numbers, and those of every object, are in {folder / 'report.json'}. "
                "The run record also lies in the GeoPackage, as table resam_run."
            ),
            html.folded("Run record", html.code(json.dumps(summary["run"], indent=2))),
        ],
    )


def _introduction(summary: dict[str, Any]) -> str:
    scene, overall = summary["scene"], summary["arms"][-1]["scores"]["overall"]
    model = summary["run"]["model"]["name"]
    return (
        f"A generated scene of {scene['width']} × {scene['height']} pixels of {scene['metres_per_pixel']} m, "
        f"with {scene['objects']} known objects. The model {model} got one click in each, and made polygons "
        f"of the clicks alone. Their mean IoU with the true outlines is "
        f"{number(overall['mean_iou'])}; {overall['share_50']:.0%} of the objects reach 0.5."
    )


def arms_table(summary: dict[str, Any]) -> Table:
    """Header and rows: one row for each way of using the model."""
    header = ("way", "IoU", "95 % interval", "median", "F1", "IoU ≥ 0.5", "IoU ≥ 0.75", "seconds")
    rows: list[Sequence[str]] = []
    for arm in summary["arms"]:
        overall, (low, high) = arm["scores"]["overall"], arm["scores"]["interval"]
        rows.append(
            (
                arm["name"],
                number(overall["mean_iou"]),
                f"{number(low)} – {number(high)}",
                number(overall["median_iou"]),
                number(overall["mean_f1"]),
                number(overall["share_50"], 2),
                number(overall["share_75"], 2),
                number(arm["seconds"], 1),
            )
        )
    return header, rows


def classes_table(summary: dict[str, Any]) -> Table:
    """Header and rows: mean IoU of each class, for every way of using the model."""
    by_class = [arm["scores"]["by_class"] for arm in summary["arms"]]
    header = ("class", "objects", *(arm["name"] for arm in summary["arms"]))
    rows: list[Sequence[str]] = [
        (name.replace("_", " "), str(last["n"]), *(number(each[name]["mean_iou"]) for each in by_class))
        for name, last in by_class[-1].items()
    ]
    return header, rows


def status_table(summary: dict[str, Any]) -> Table:
    """Header and rows: polygons by status in the last way, and those rejected by reason."""
    counts = summary["arms"][-1]["counts"]
    rows: list[Sequence[str]] = [(status, str(count)) for status, count in counts.items()]
    rows += [(f"… {reason}", str(count)) for reason, count in summary["rejected"].items()]
    return ("status", "objects"), rows


def next_steps(folder: Path) -> str:
    """Commands that go on from here."""
    files = f"--raster {_quoted(folder / 'scene.tif')} --points {_quoted(folder / 'clicks.gpkg')}"
    return "\n".join(
        [
            f"# Drag {folder / 'scene.tif'} and {folder / 'polygons.gpkg'} into QGIS; polygons come styled.",
            "",
            "# The same by hand; put your own raster and points here:",
            f".venv/bin/resam segment {files} --out {_quoted(folder / 'again.gpkg')}",
            "",
            "# With a larger model, once its weights are fetched (375 MB):",
            ".venv/bin/resam models fetch sam_vit_b",
            f".venv/bin/resam segment {files} --model sam_vit_b --out {_quoted(folder / 'sam.gpkg')}",
        ]
    )


def closing_lines(summary: dict[str, Any], folder: Path, adapted: str | None = None) -> str:
    """What the command line says at the end."""
    counts = ", ".join(f"{count} {status}" for status, count in summary["arms"][-1]["counts"].items())
    _, rows = arms_table(summary)
    return "\n".join(
        [
            f"{summary['scene']['objects']} objects, one click each: {counts}",
            *(f"  {row[0]:<25}IoU {row[1]}  [{row[2]}]  {row[-1]:>6} s" for row in rows),
            *(
                []
                if adapted is None
                else [f"adapted to the clicks of a radar scene, on held-out objects: {adapted}"]
            ),
            f"Open {folder / 'report.html'} in a browser,",
            f"or {folder / 'scene.tif'} and {folder / 'polygons.gpkg'} in QGIS.",
        ]
    )


def number(value: float | None, digits: int = 3) -> str:
    """A number as the report shows it; a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))

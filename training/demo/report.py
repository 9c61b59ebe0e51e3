"""What the demo found, as a page and as lines to print; every number comes from the summary it is given."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from training import html


def report_page(
    summary: dict[str, Any],
    before: Image.Image,
    after: Image.Image,
    folder: Path,
    adapted: Mapping[str, Any] | None = None,
) -> str:
    """The report as one HTML file.

    Args:
        summary: what :func:`training.demo.run.summarise` returns.
        before, after: the scene with its clicks, and with its polygons.
        folder: where the demo's files lie, for the commands to try next.
        adapted: what :func:`training.demo.adapt.summary_of` returns; None if nothing was adapted.
    """
    return html.page(
        "demo.html",
        introduction=_introduction(summary),
        before=before,
        after=after,
        arms=arms_table(summary),
        classes=classes_table(summary),
        statuses=status_table(summary),
        adapted=adapted,
        next_steps=next_steps(folder),
        json_file=folder / "report.json",
        run_record=json.dumps(summary["run"], indent=2),
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


def arms_table(summary: dict[str, Any]) -> html.Table:
    """One row for each way of using the model."""
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
    return html.Table(header, rows)


def classes_table(summary: dict[str, Any]) -> html.Table:
    """Mean IoU of each class, for every way of using the model."""
    by_class = [arm["scores"]["by_class"] for arm in summary["arms"]]
    header = ("class", "objects", *(arm["name"] for arm in summary["arms"]))
    rows: list[Sequence[str]] = [
        (name.replace("_", " "), str(last["n"]), *(number(each[name]["mean_iou"]) for each in by_class))
        for name, last in by_class[-1].items()
    ]
    return html.Table(header, rows)


def status_table(summary: dict[str, Any]) -> html.Table:
    """Polygons by status in the last way, and those rejected by reason."""
    counts = summary["arms"][-1]["counts"]
    rows: list[Sequence[str]] = [(status, str(count)) for status, count in counts.items()]
    rows += [(f"… {reason}", str(count)) for reason, count in summary["rejected"].items()]
    return html.Table(("status", "objects"), rows)


def next_steps(folder: Path) -> str:
    """Commands to try next."""
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
    return "\n".join(
        [
            f"{summary['scene']['objects']} objects, one click each: {counts}",
            *(f"  {row[0]:<25}IoU {row[1]}  [{row[2]}]  {row[-1]:>6} s" for row in arms_table(summary).rows),
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

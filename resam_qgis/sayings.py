"""What the engine and the builder report, in the user's language: by name and figures, or by its wording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import places
from .i18n import tr, translated


def told(event: Mapping[str, Any]) -> str:
    """An event of the engine as a sentence; its own English text where it has no figures to tell."""
    try:
        return _by_name(event)
    except (KeyError, TypeError, ValueError):
        return str(event.get("text", ""))  # Of another version of the engine.


def _by_name(event: Mapping[str, Any]) -> str:
    name = event["event"]
    if name == "estimate":
        text = tr("Learning takes about {}: {} steps on {} tiles. Before and after it, objects are measured.")
        return text.format(duration(float(event["seconds"])), int(event["steps"]), int(event["tiles"]))
    if name == "objects":
        text = tr("{} objects to learn from, {} held out to measure with.")
        return text.format(int(event["learned"]), int(event["held"]))
    if name == "drifted":
        text = tr("Stopped at step {}: the targets drifted away from the clicks.")
        return text.format(int(event["step"]))
    if name == "start":
        return _begun(str(event.get("unit", "")), int(event["total"]))
    if name == "progress":
        text = tr("{} of {}, about {} left")
        return text.format(int(event["done"]), int(event["total"]), duration(float(event["remaining_s"])))
    if name == "resume":
        return tr("Continued at step {} of {}.").format(int(event["step"]), int(event["total"]))
    return str(event.get("text", ""))


def _begun(unit: str, total: int) -> str:
    """What is counted from now on."""
    if unit == "tiles":
        return tr("Looking at {} tiles…").format(total)
    return tr("Outlining {} objects…").format(total)


def step(name: str) -> str:
    """A step of the environment's builder."""
    known = {
        "creating the environment": tr("creating the environment"),
        "installing the installer": tr("installing the installer"),
        "reading the index": tr("reading the index"),
        "installing PyTorch": tr("installing PyTorch"),
        "installing the other packages": tr("installing the other packages"),
        "testing it": tr("testing it"),
        "ready": tr("ready"),
    }
    return known.get(name, name)


def problem(text: str, code: str, values: Mapping[str, Any]) -> str:
    """An error of the engine; its own English text where it has no code that is known here."""
    template = places.messages().TEMPLATES.get(code)
    try:
        if code == "weights-missing":
            own = tr("The weights of {} are not on this machine: press ⬇ beside the model.")
            return own.format(values["model"])
        return text if template is None else translated(template).format(**values)
    except (KeyError, IndexError, ValueError):
        return text  # Of another version of the engine.


def not_written(error: OSError, place: Path) -> str:
    """What the disk refuses; at a place, where the error does not name it."""
    return tr("{} cannot be written: {}").format(error.filename or place, error.strerror or error)


def reason(text: str) -> str:
    """Why something did not work, or what a verdict rests on; as it is where it has no translation."""
    for pattern, said in _reasons().items():
        if found := re.fullmatch(pattern, text, re.DOTALL):
            return said.format(*found.groups())
    return text


def _reasons() -> dict[str, str]:
    """By a pattern of the engine's words; what its groups hold is filled in."""
    return {
        r"outside the raster": tr("outside the raster"),
        r"on nodata": tr("on nodata"),
        r"smaller than the minimum area": tr("smaller than the minimum area"),
        r"next to nothing changed": tr("next to nothing changed"),
        r"the interval of the difference holds zero": tr("the interval of the difference holds zero"),
        r"too few objects to tell: at least (\d+) are needed": tr(
            "too few objects to tell: at least {} are needed"
        ),
        r"the whole interval of the difference lies below zero": tr(
            "the whole interval of the difference lies below zero"
        ),
        r"the whole interval of the difference lies above zero": tr(
            "the whole interval of the difference lies above zero"
        ),
        r"no object was held out": tr("no object was held out"),
        r"no mask broke, and scores without a calibration cannot tell better from worse": tr(
            "no mask broke, and scores without a calibration cannot tell better from worse"
        ),
        r"the expected change is too small to tell its sign": tr(
            "the expected change is too small to tell its sign"
        ),
        r"the clicks are answered with much higher scores": tr(
            "the clicks are answered with much higher scores"
        ),
        r"the scores let expect a loss: look at what changed": tr(
            "the scores let expect a loss: look at what changed"
        ),
        r"nothing to learn from: .*": tr("There is nothing to learn from: accept some objects first."),
        r".*: the model found nothing at any example; click other objects": tr(
            "The model found nothing at any example: click other objects."
        ),
        r".*: no example lies on the raster; check extent and CRS": tr("No example lies on the raster."),
        r"(\d+) example\(s\).*: the scores are rough; .* or more make them better": tr(
            "From {} examples the scores are rough; more examples make them better."
        ),
        r"(\d+) of (\d+) examples.* look unlike the others; check them": tr(
            "{} of {} examples look unlike the others: check them."
        ),
        r"expected IoU \(no reference polygons\)": tr("expected IoU (no reference polygons)"),
        r"mean score \(no reference polygons\)": tr("mean score (no reference polygons)"),
    }


def duration(seconds: float) -> str:
    """A time in words."""
    return tr("{:.0f} s").format(seconds) if seconds < 90 else tr("{:.0f} min").format(seconds / 60)

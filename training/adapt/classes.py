"""An adapter for each class of a layer of clicks, in one folder: what is learned of roofs spoils no panels.

Each class is a run of its own (:mod:`training.adapt.recipe`) into a sub-folder, on the clicks of that class
alone. They are made below ``.run`` and moved into place together; the card of the folder comes last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ConfigError, OutputError
from engine.models.class_adapters import CLASSES, MOST_CLASSES, class_named
from engine.models.lora import CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, read_card
from training import html
from training.adapt.adapter_folder import (
    CHANGES,
    CURVES_FILE,
    KEPT,
    OF_CLASS,
    PAGE,
    PLAN,
    WORK,
    checkpoint_of,
    claimed,
    folder_for,
    remove_classes,
)
from training.adapt.card import STATUS
from training.adapt.checkpoint import fingerprint_of
from training.adapt.options import AdaptOptions, RunOptions
from training.adapt.recipe import AdaptResult, adapt
from training.adapt.sources import (
    FEWEST,
    Clicked,
    TrainRequest,
    notes_on,
    outlined_objects,
    read_clicks,
    unusable,
)
from training.results import write_whole

if TYPE_CHECKING:
    from engine.console import Reporter
    from engine.models.base import Segmenter

UNNAMED = "no class"
"""What people read in the place of the name of a class that has none."""


@dataclass(frozen=True)
class Kinds:
    """The classes of a layer of clicks.

    Attributes:
        learned: those that get an adapter, with their numbers of objects, the largest first.
        few: those that have too few objects for one.
        outlined: those with a reference polygon for at least one object.
        notes: what had to be assumed of the files.
        unusable: objects that lie on no raster or cannot be used, and why.
        data: hash of the rasters, the clicks, and the set of objects that have a reference polygon.
    """

    learned: Mapping[str, int]
    few: Mapping[str, int]
    outlined: frozenset[str] = frozenset()
    notes: Sequence[str] = ()
    unusable: Sequence[tuple[int, str]] = ()
    data: str = ""

    @property
    def several(self) -> bool:
        """Whether an adapter for each class is called for: there are several, and one at least has enough."""
        return bool(self.learned) and len(self.learned) + len(self.few) > 1


def kinds_of(request: TrainRequest) -> Kinds:
    """Count the objects of every class that lie on the rasters; see :func:`open_sources` for the errors."""
    with ExitStack() as stack:
        clicked = read_clicks(request, stack)
        everyone = {p.prompt_id: class_named(p.attributes) for _, found in clicked for p in found.prompts}
        drawn, doubts = outlined_objects(clicked, request)
        notes, lost = (*notes_on(clicked), *doubts), unusable(clicked)
        data = _hash_of(clicked, drawn)
    counts = Counter(everyone.values()).most_common()
    learned = {kind: count for kind, count in counts if count >= FEWEST}
    few = {kind: count for kind, count in counts if kind not in learned}
    outlined = frozenset(everyone[number] for number in drawn if number in everyone)
    return Kinds(learned, few, outlined, notes, lost, data)


def _hash_of(clicked: Clicked, drawn: Collection[int]) -> str:
    """SHA-256 of what adapters are learned from: a class that is done keeps nothing else to compare with."""
    files = [(raster.fingerprint(), raster.describe(), fingerprint_of(found)) for raster, found in clicked]
    return sha256(json.dumps([files, sorted(drawn)]).encode()).hexdigest()


def shown(kind: str) -> str:
    """The name of a class for people."""
    return kind or UNNAMED


def adapt_classes(
    request: TrainRequest,
    kinds: Kinds,
    options: AdaptOptions,
    run_options: RunOptions,
    load_model: Callable[[], Segmenter],
    reporter: Reporter,
) -> AdaptResult:
    """Adapt to each class by itself, and save the adapters as one.

    Raises:
        EngineError: as of :func:`training.adapt.recipe.adapt`.
    """
    if len(kinds.learned) > MOST_CLASSES:
        raise ConfigError(
            f"{request.points}: {len(kinds.learned)} classes, at most {MOST_CLASSES} can have an adapter "
            "each; merge some in the column class, or use --together"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("several processes adapt to one class at a time; use --together, or one process")
    reporter.notes(kinds.notes)
    reporter.rejected(kinds.unusable)
    with claimed(request.out, run_options.resume, run_options.overwrite):
        _check_plan(request, kinds, options)
        parts: dict[str, Mapping[str, Any]] = {}
        for number, (kind, count) in enumerate(kinds.learned.items(), start=1):
            text = f"class {number} of {len(kinds.learned)}: {shown(kind)}, {count} objects"
            reporter.event("class", text, kind=kind, objects=count, number=number, total=len(kinds.learned))
            name = f"{OF_CLASS}{number}"
            parts[name] = _one(request, kinds, kind, name, options, run_options, load_model, reporter)
        card = _card(parts, kinds, request, run_options.command)
        folder = folder_for(request.out, card["status"])
        if folder != request.out:
            reporter.event("note", f"note: {request.out} {KEPT}")
        _move_into_place(request.out / WORK, folder, card, parts)
    return AdaptResult(folder, card)


def _one(
    request: TrainRequest,
    kinds: Kinds,
    kind: str,
    name: str,
    options: AdaptOptions,
    run_options: RunOptions,
    load_model: Callable[[], Segmenter],
    reporter: Reporter,
) -> Mapping[str, Any]:
    """The card of the class's adapter, which is made unless an earlier part of this run made it."""
    out = request.out / WORK / name
    done = read_card(out) if run_options.resume and (out / CARD_FILE).exists() else {}
    if "verdict" in done:  # One that diverged has none, and is tried again.
        reporter.event("resume", f"{shown(kind)}: done already", kind=kind)
        return done
    unfinished = run_options.resume and checkpoint_of(out).exists()
    own = replace(run_options, resume=unfinished, overwrite=not unfinished)
    reference = request.reference if kind in kinds.outlined else None
    share = kinds.learned[kind] / sum(kinds.learned.values())
    minutes = None if request.minutes is None else request.minutes * share
    asked = replace(request, only=kind, out=out, reference=reference, minutes=minutes)
    return adapt(asked, options, own, load_model, reporter).card


def _check_plan(request: TrainRequest, kinds: Kinds, options: AdaptOptions) -> None:
    """Note what the run is for, or refuse to continue one that was for something else."""
    path = request.out / WORK / PLAN
    named = ("model", "seed", "holdout", "epochs", "minutes")
    limits = {name: getattr(request, name) for name in named}
    plan = {"classes": dict(kinds.learned), "data": kinds.data, **limits, "options": options.to_dict()}
    text = json.dumps(plan) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ConfigError(
            f"{request.out}: the run there was started with other classes, clicks, rasters or "
            "options; use the same, or start anew without --resume"
        )
    write_whole(path, text)


def _card(
    parts: Mapping[str, Mapping[str, Any]], kinds: Kinds, request: TrainRequest, command: str
) -> dict[str, Any]:
    """The card of all: an adapter that was rejected is kept, but answers for no class, unless all were."""
    named = dict(zip(kinds.learned, parts, strict=True))
    used = {kind: name for kind, name in named.items() if parts[name]["status"] != "rejected"}
    answering = used or named
    first = next(iter(parts.values()))
    words = [parts[name]["status"] for name in used.values()]
    status = "rejected" if not words else "accepted" if "accepted" in words else "unproven"
    notes = [
        *(
            f"{shown(kind)}: its adapter was rejected, the base answers"
            for kind in named
            if kind not in answering
        ),
        *(f"{shown(kind)}: {count} objects, too few: the base answers" for kind, count in kinds.few.items()),
        *(f"{shown(kind)}: {note}" for kind, name in named.items() for note in parts[name]["notes"]),
    ]
    objects = [part["objects"] for part in parts.values()]
    return {
        "base": first["base"],
        "model": first["model"],
        "base_sha256": first["base_sha256"],
        "status": status,
        CLASSES: answering,
        "verdict": _all_in_all([part["verdict"] for part in parts.values()], status),
        "verdicts": {kind: parts[name]["verdict"] for kind, name in named.items()},
        "objects": {key: sum(part[key] for part in objects) for key in objects[0]},
        "steps": sum(part["steps"] for part in parts.values()),
        "seconds": round(sum(part["seconds"] for part in parts.values()), 1),
        "seed": request.seed,
        "command": command,
        "made": first["made"],
        "versions": first["versions"],
        "notes": notes,
    }


def _all_in_all(verdicts: Sequence[Mapping[str, Any]], status: str) -> dict[str, Any]:
    """The verdicts as one, for lists: means over the held-out objects of all classes."""
    counts = [verdict["n"] for verdict in verdicts]
    total = max(sum(counts), 1)
    before, after = (
        sum(count * verdict[name] for count, verdict in zip(counts, verdicts, strict=True)) / total
        for name in ("before", "after")
    )
    words = {word: name for name, word in STATUS.items()}
    return {
        "word": words[status],
        "measure": " and ".join(sorted({verdict["measure"] for verdict in verdicts})),
        "n": sum(counts),
        "before": before,
        "after": after,
        "low": None,
        "high": None,
        "reason": "each class was judged by itself",
    }


def _move_into_place(
    work: Path, out: Path, card: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]
) -> None:
    """Replace what the folder held by the new adapters; without a card it is no adapter meanwhile."""
    try:
        out.mkdir(exist_ok=True)
        for name in (CARD_FILE, CONFIG_FILE, WEIGHTS_FILE, PAGE, CURVES_FILE, CHANGES):
            (out / name).unlink(missing_ok=True)
        remove_classes(out)
        for name in parts:
            os.replace(work / name, out / name)
    except OSError as error:
        raise OutputError(f"{out}: the adapters cannot be moved there ({error.strerror or error})") from error
    write_whole(out / PAGE, _page(card, list(parts)))
    write_whole(out / CARD_FILE, json.dumps(card, indent=2) + "\n")
    shutil.rmtree(work, ignore_errors=True)


def _page(card: Mapping[str, Any], names: Sequence[str]) -> str:
    kinds = [shown(kind) for kind in card["verdicts"]]
    rows = [
        (kind, *_figures(verdict), "yes" if key in card[CLASSES] else "no")
        for kind, (key, verdict) in zip(kinds, card["verdicts"].items(), strict=True)
    ]
    header = ("class", "held out", "measure", "before", "after", "verdict", "used")
    return html.page(
        "classes.html",
        card=card,
        classes=html.Table(header, rows),
        reports=list(zip(kinds, names, strict=True)),
    )


def _figures(verdict: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = (f"{verdict[name]:.3f}" for name in ("before", "after"))
    return str(verdict["n"]), verdict["measure"], before, after, verdict["word"]

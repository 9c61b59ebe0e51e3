"""``python -m engine.adapters``: list and compare adapters by their cards, merge one into a weights file."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from engine.cli import about
from engine.console import Parser, Reporter, program, readable, run_command
from engine.errors import ModelError, OutputError
from engine.files import written_whole
from engine.inputs import check_apart
from engine.models.class_adapters import folders_of
from engine.models.lora import CARD_FILE, doubtful, read_card
from engine.staging import finish_dead_runs

HEADER = ("adapter", "status", "base", "objects", "steps", "measure", "before", "after", "change", "held out")
MOST_LETTERS = 60
"""What a column of the table shows of a text."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see :func:`engine.console.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    return run_command(lambda reporter: options.command(options), Reporter("adapters", quiet=True))


def found(folders: Sequence[Path]) -> tuple[list[tuple[Path, dict[str, Any]]], list[str]]:
    """Adapters that are, or lie directly in, the folders, with their cards; the accepted ones first.

    Returns:
        The adapters, and why others are not among them, a sentence each.

    Raises:
        ModelError: there are none, or no card can be read.
    """
    places = [path for folder in folders for path in (folder, *sorted(folder.glob("*/")))]
    finish_dead_runs(places)
    paths = [path for path in places if _is_adapter(path)]
    if not paths:
        raise ModelError(f"no adapter in {', '.join(map(str, folders))}: none has a {CARD_FILE}")
    cards, problems = [], []
    for path in dict.fromkeys(paths):
        try:
            cards.append((path, read_card(path)))
        except ModelError as error:
            problems.append(str(error))
    if not cards:
        raise ModelError(problems[0])
    order = {"accepted": 0, "unproven": 1}
    return sorted(cards, key=lambda item: order.get(_word(item[1].get("status")), 2)), problems


def _is_adapter(path: Path) -> bool:
    return os.path.isfile(path / CARD_FILE)


def _word(value: object) -> str:
    """A text of a card for a line of the table: no other type, nothing that moves a terminal's cursor."""
    return readable(value)[:MOST_LETTERS] if isinstance(value, str) and value else "–"


def row(path: Path, card: Mapping[str, Any]) -> tuple[str, ...]:
    """An adapter as a line of the table; a dash where its card, perhaps written by hand, says nothing."""
    verdict, objects = (
        part if isinstance(part := card.get(name), Mapping) else {} for name in ("verdict", "objects")
    )

    def figure(value: object, form: str) -> str:
        number = _number(value)
        return "–" if number is None else format(number, form)

    before, after = _number(verdict.get("before")), _number(verdict.get("after"))
    change = None if before is None or after is None else after - before
    return (
        _word(_name(path.resolve())),
        _word(card.get("status")),
        _word(card.get("base")),
        figure(objects.get("learned"), ".0f"),
        figure(card.get("steps"), ".0f"),
        _word(verdict.get("measure")),
        figure(before, ".3f"),
        figure(after, ".3f"),
        figure(change, "+.3f"),
        figure(verdict.get("n"), ".0f"),
    )


def _name(path: Path) -> str:
    """The folder's name; of one in another adapter, as that of a class, with that one's name before it."""
    return f"{path.parent.name}/{path.name}" if _is_adapter(path.parent) else path.name


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float) else None
    except OverflowError:
        return None


def _list(options: argparse.Namespace) -> None:
    cards, problems = found(options.folders)
    for problem in problems:
        print(f"note: {readable(problem)}", file=sys.stderr)
    if options.json:
        for path, card in cards:
            print(json.dumps({"path": str(path), **card}))
        return
    rows = [HEADER, *(row(path, card) for path, card in cards)]
    widths = [max(len(line[place]) for line in rows) for place in range(len(HEADER))]
    for line in rows:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _merge(options: argparse.Namespace) -> None:
    check_apart([options.out], options)
    if options.out.exists() and not options.overwrite:
        raise OutputError(f"{options.out} exists already; choose another --out, or --overwrite")
    if options.out.suffix.lower() != ".safetensors":
        raise OutputError(f"{options.out}: a merged weights file is written as .safetensors")
    if not options.out.absolute().parent.is_dir():
        raise OutputError(f"{options.out}: the folder does not exist; create it first")
    from engine.models import registry
    from engine.models.lora import merged_state
    from engine.models.weights_file import CARD, merged_card

    card = read_card(options.adapter)
    if (folders := folders_of(options.adapter, card)) is not None:
        some = ", ".join(str(path) for path in folders.values())
        raise ModelError(f"{options.adapter} holds an adapter for each class: merge one of them ({some})")
    if warning := doubtful(options.adapter):
        print(f"note: {warning}", file=sys.stderr)
    model = options.model or str(card.get("base", "nano"))
    segmenter = registry.load(model, "cpu", options.adapter)
    state = merged_state(segmenter)
    try:
        with written_whole(options.out) as part:
            if registry.is_nano(segmenter):
                from engine.models.nano import save_nano

                net: Any = segmenter.module
                calibrations = getattr(segmenter, "calibrations", None)
                save_nano(net, state, part, merged_card(card), calibrations)
            else:
                from engine.models.weights_file import write_state

                notes = {"format": "pt", CARD: json.dumps(merged_card(card))}
                write_state(part, state, notes)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{options.out}: cannot be written ({reason})") from error
    print(f"{options.out}: {segmenter.name} with {options.adapter.name} merged in; use it as --model")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("adapters"), description=about("adapters"))
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Parser)
    listing = verbs.add_parser("list", help="adapters in folders side by side, the accepted ones first")
    listing.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="adapters, or folders of some")
    listing.add_argument("--json", action="store_true", help="print one card per line")
    listing.set_defaults(command=_list)
    merging = verbs.add_parser("merge", help="base model and adapter as one weights file")
    merging.add_argument("adapter", type=Path, metavar="DIR", help="folder of one adapter")
    merging.add_argument("--model", help="the base, if it is not a model by name")
    merging.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .safetensors file")
    merging.add_argument("--overwrite", action="store_true", help="replace an existing file")
    merging.set_defaults(command=_merge)
    return parser


if __name__ == "__main__":
    sys.exit(main())

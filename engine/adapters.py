"""``python -m engine.adapters``: list and compare adapters by their cards, merge one into a checkpoint."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from engine.errors import ModelError, OutputError
from engine.files import written_whole
from engine.inputs import check_apart
from engine.models.lora import CARD_FILE, doubtful, read_card
from engine.report import Parser, Reporter, run_command

HEADER = ("adapter", "status", "base", "objects", "steps", "measure", "before", "after", "change", "held out")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see :func:`engine.report.run_command` for the exit codes."""
    options = _parser().parse_args(argv)
    return run_command(lambda reporter: options.command(options), Reporter("adapters", quiet=True))


def found(folders: Sequence[Path]) -> list[tuple[Path, dict[str, Any]]]:
    """Adapters that are, or lie directly in, the folders, with their cards; the accepted ones first.

    Raises:
        ModelError: there are none, or a card is damaged.
    """
    paths = [path for folder in folders for path in (folder, *sorted(folder.glob("*/"))) if _is_adapter(path)]
    if not paths:
        raise ModelError(f"no adapter in {', '.join(map(str, folders))}: none has a {CARD_FILE}")
    order = {"accepted": 0, "unproven": 1}
    cards = [(path, read_card(path)) for path in dict.fromkeys(paths)]
    return sorted(cards, key=lambda item: order.get(str(item[1].get("status")), 2))


def _is_adapter(path: Path) -> bool:
    return (path / CARD_FILE).is_file()


def row(path: Path, card: Mapping[str, Any]) -> tuple[str, ...]:
    """An adapter as a line of the table; a dash where its card, perhaps written by hand, says nothing."""
    verdict, objects = (
        part if isinstance(part := card.get(name), Mapping) else {} for name in ("verdict", "objects")
    )

    def figure(value: object, form: str) -> str:
        return format(value, form) if isinstance(value, int | float) else "–"

    before, after = verdict.get("before"), verdict.get("after")
    change = after - before if isinstance(before, int | float) and isinstance(after, int | float) else None
    return (
        path.resolve().name,
        str(card.get("status", "–")),
        str(card.get("base", "–")),
        figure(objects.get("learned"), ".0f"),
        figure(card.get("steps"), ".0f"),
        str(verdict.get("measure", "–")),
        figure(before, ".3f"),
        figure(after, ".3f"),
        figure(change, "+.3f"),
        figure(verdict.get("n"), ".0f"),
    )


def _list(options: argparse.Namespace) -> None:
    cards = found(options.folders)
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
    if options.out.suffix != ".safetensors":
        raise OutputError(f"{options.out}: a merged checkpoint is written as .safetensors")
    if not options.out.absolute().parent.is_dir():
        raise OutputError(f"{options.out}: the folder does not exist; create it first")
    from engine.models import registry
    from engine.models.checkpoint import CARD, merged_card
    from engine.models.lora import merged_state

    card = read_card(options.adapter)
    if warning := doubtful(options.adapter):
        print(f"note: {warning}", file=sys.stderr)
    model = options.model or str(card.get("base", "nano"))
    segmenter = registry.load(model, "cpu", options.adapter)
    state = merged_state(segmenter)
    try:
        with written_whole(options.out) as part:
            if registry.is_nano(segmenter):
                from engine.models.nano import save_nano

                save_nano(segmenter.module, state, part, merged_card(card))  # type: ignore[arg-type]
            else:
                from safetensors.torch import save_file

                notes = {"format": "pt", CARD: json.dumps(merged_card(card))}
                save_file({key: value.contiguous() for key, value in state.items()}, part, metadata=notes)
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{options.out}: cannot be written ({reason})") from error
    print(f"{options.out}: {segmenter.name} with {options.adapter.name} merged in; use it as --model")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m engine.adapters", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Parser)
    listing = verbs.add_parser("list", help="adapters in folders side by side, the accepted ones first")
    listing.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="adapters, or folders of some")
    listing.add_argument("--json", action="store_true", help="print one card per line")
    listing.set_defaults(command=_list)
    merging = verbs.add_parser("merge", help="base model and adapter as one checkpoint")
    merging.add_argument("adapter", type=Path, metavar="DIR")
    merging.add_argument("--model", help="the base, if it is not a model by name")
    merging.add_argument("--out", type=Path, required=True, metavar="FILE", help="a .safetensors file")
    merging.add_argument("--overwrite", action="store_true", help="replace an existing file")
    merging.set_defaults(command=_merge)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""``python -m engine.models``: list, fetch, verify and describe the models."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from tqdm import tqdm

from engine.cli import about
from engine.console import Parser, Reporter, program, run_command
from engine.errors import ConfigError, WeightsError
from engine.models import registry, weights
from engine.models.families import ModelSpec


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 2 for an error in one line, 130 after Ctrl-C."""
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], None] = arguments.command
    stopped = "stopped; run the same command again to resume"
    return run_command(lambda reporter: command(arguments), Reporter("models", quiet=True), stopped)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog=program("models"), description=about("models"))
    shared = Parser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON object per line, for programs")
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=Parser)
    listing = verbs.add_parser("list", parents=[shared], help="every model by name")
    listing.set_defaults(command=_list)
    fetching = verbs.add_parser("fetch", parents=[shared], help="download official weights")
    fetching.add_argument("names", nargs="+", metavar="NAME", help="as `list` shows it")
    fetching.set_defaults(command=_fetch)
    verifying = verbs.add_parser("verify", parents=[shared], help="hash fetched weights again")
    verifying.add_argument("names", nargs="*", metavar="NAME", help="as `list` shows it")
    verifying.add_argument("--all", action="store_true", help="every model that has been fetched")
    verifying.set_defaults(command=_verify)
    telling = verbs.add_parser("info", parents=[shared], help="size, hash and licence of a model or file")
    telling.add_argument("model", metavar="NAME|PATH", help="of a model, or of a weights file")
    telling.set_defaults(command=_info)
    return parser


def _list(arguments: argparse.Namespace) -> None:
    rows = [_row(spec) for spec in registry.MODELS.values()]
    if arguments.json:
        _print_json(*rows)
        return
    print(f"{'NAME':<18}{'STATE':<12}{'SIZE':>10}  LICENCE")
    for row in rows:
        print(f"{row['name']:<18}{row['state']:<12}{_readable(row['size']):>10}  {row['licence']}")
    print(f"\nFetched weights lie in {weights.cache_dir()}")


def _row(spec: ModelSpec) -> dict[str, str | int | None]:
    present = spec.present
    size = spec.path.stat().st_size if present else spec.remote.size if spec.remote else None
    if spec.remote is None:
        state = "bundled" if present else "missing"
    else:
        state = "fetched" if present else "to fetch"
    return {"name": spec.name, "state": state, "size": size, "licence": spec.licence}


def _fetch(arguments: argparse.Namespace) -> None:
    for spec in [_named(name) for name in arguments.names]:
        if spec.remote is None:
            _tell(arguments, spec, spec.path, "bundled with this program, nothing to fetch")
            continue
        # In a terminal a bar; for a program a line for each per cent, and one at the end.
        with tqdm(desc=spec.name, unit="B", unit_scale=True, disable=None) as bar:
            path = weights.fetch(spec.remote, _told_progress() if arguments.json else _bar_progress(bar))
        _tell(arguments, spec, path, "fetched and verified")


def _verify(arguments: argparse.Namespace) -> None:
    if bool(arguments.names) == arguments.all:
        raise ConfigError("name the models to verify, or give --all")
    specs = [_named(name) for name in arguments.names] or [
        spec for spec in registry.MODELS.values() if spec.remote and spec.present
    ]
    failures = [error for spec in specs if (error := _verify_one(arguments, spec))]
    if failures:
        raise (
            failures[0]
            if len(failures) == 1
            else WeightsError(
                f"{len(failures)} of {len(specs)} models are damaged or missing; fetch them again"
            )
        )


def _verify_one(arguments: argparse.Namespace, spec: ModelSpec) -> WeightsError | None:
    try:
        if spec.remote is None:
            _tell(arguments, spec, spec.path, f"bundled, SHA-256 {weights.file_sha256(spec.path)}")
        else:
            _tell(arguments, spec, weights.verify(spec.remote, spec.name), "matches its published SHA-256")
    except WeightsError as error:
        _tell(arguments, spec, spec.path, "damaged or missing")
        return error
    return None


def _info(arguments: argparse.Namespace) -> None:
    info = registry.describe(arguments.model)
    if arguments.json:
        _print_json(asdict(info))
        return
    lines = {
        "name": info.name,
        "parameters": f"{info.parameters:,}",
        "tile": f"{info.image_size} px, masks {info.mask_size} px",
        "SHA-256": info.sha256,
        "licence": info.licence,
        "adapters on": f"{info.adapted_layers} layers called {info.adapted_layer}",
        "file": info.path + ("" if info.present else " (not fetched)"),
    }
    print("\n".join(f"{label:<13}{value}" for label, value in lines.items()))


def _named(name: str) -> ModelSpec:
    if name not in registry.MODELS:
        raise ConfigError(f"no model is called '{name}': choose from {', '.join(registry.MODELS)}")
    return registry.MODELS[name]


def _bar_progress(bar: tqdm[NoReturn]) -> Callable[[int, int | None], None]:
    def show(done: int, total: int | None) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return show


def _told_progress() -> Callable[[int, int | None], None]:
    told = -1

    def show(done: int, total: int | None) -> None:
        nonlocal told
        percent = 100 * done // total if total else -1
        if percent > told:
            told = percent
            print(json.dumps({"event": "progress", "done": done, "total": total}), flush=True)

    return show


def _tell(arguments: argparse.Namespace, spec: ModelSpec, path: Path, message: str) -> None:
    if arguments.json:
        _print_json({"name": spec.name, "path": str(path), "message": message})
    else:
        print(f"{spec.name}: {message} ({path})")


def _print_json(*rows: Mapping[str, object]) -> None:
    for row in rows:
        print(json.dumps(row))


def _readable(size: int | str | None) -> str:
    return f"{size / 1e6:.0f} MB" if isinstance(size, int) else "unknown"


if __name__ == "__main__":
    sys.exit(main())

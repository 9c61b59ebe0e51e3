"""``python -m benchmarks [NAME ...]``: run benchmarks, print tables, keep them as JSON.

``--markdown`` runs nothing: it prints the tables kept so far as the page docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType

from benchmarks import (
    adapting,
    adapting_gpu,
    assembly,
    beside,
    flat,
    interactive,
    large_raster,
    models,
    mosaic,
    peers,
    scenes,
    startup,
    stock,
    workers,
)
from benchmarks.machine import cores, use_threads
from benchmarks.table import Table
from engine.errors import EXIT_CODE

BENCHMARKS: dict[str, ModuleType] = {
    "models": models,
    "stock": stock,
    "startup": startup,
    "interactive": interactive,
    "beside": beside,
    "peers": peers,
    "large_raster": large_raster,
    "mosaic": mosaic,
    "flat": flat,
    "workers": workers,
    "assembly": assembly,
    "scenes": scenes,
    "adapting": adapting,
    "adapting_gpu": adapting_gpu,
}
OUT = Path(__file__).resolve().parents[1] / "build" / "bench"
HEAD = """# Benchmarks

`make bench` runs them all, `make bench ARGS="peers models"` some; `--help` lists the options. Each leaves a
JSON file in `build/bench`; what lies there comes out as the tables of this page, to be copied into it:

```sh
.venv/bin/python -m benchmarks --markdown
```

Notes that compare several runs are written by hand.

Ratios compare arms of one run on one machine. Absolute times hold for that machine alone, and only if it had
nothing else to do: `load before` well under 1."""


def main(argv: list[str] | None = None) -> int:
    """Run the benchmarks named, or all."""
    options = _parser().parse_args(argv)
    if options.markdown:
        print(page(options.out))
        return 0
    names = options.names or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        print(f"benchmarks: no {unknown[0]!r}: choose from {', '.join(BENCHMARKS)}", file=sys.stderr)
        return EXIT_CODE
    for name in names:
        if reason := getattr(BENCHMARKS[name], "lacks", lambda: None)():
            print(f"benchmarks: {name} is left out: {reason}", file=sys.stderr)
            if options.names:
                return EXIT_CODE
            continue
        use_threads(options.threads)
        table: Table = BENCHMARKS[name].run(options)
        table.write(options.out)
        print(table.text(), end="\n\n", flush=True)
    return 0


def page(folder: Path) -> str:
    """The tables kept in the folder, as Markdown; a benchmark without one says how to get it."""
    parts = [HEAD]
    for name, module in BENCHMARKS.items():
        table = Table.read(folder, name)
        missing = f'## {module.TITLE}\n\n{module.ABOUT}\n\nNo numbers yet: `make bench ARGS="{name}"`.'
        parts.append(missing if table is None else table.markdown())
    return "\n\n".join(parts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHMARKS)} (default: all)"
    )
    parser.add_argument("--markdown", action="store_true", help="print the tables kept so far and stop")
    parser.add_argument(
        "--threads", type=int, default=cores(), help="of torch and OpenCV (default: all cores)"
    )
    parser.add_argument(
        "--out", type=Path, default=OUT, metavar="DIR", help="where tables and rasters are kept"
    )
    parser.add_argument("--model", default="nano", help="name or checkpoint path (default: nano)")
    for module in BENCHMARKS.values():
        module.add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())

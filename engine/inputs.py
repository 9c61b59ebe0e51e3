"""What a run reads, so that nothing it writes takes the place of it.

Files are compared by what they are on the disk, not by name: a relative path, a link of either kind, and a
name in other capitals on a disk that does not tell them apart all lead to the same file.
"""

from __future__ import annotations

import os
import re
import warnings
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import OutputError, RasterError
from engine.messages import message
from engine.staging import finish_dead_runs
from engine.views import check_readable

READ = (
    "raster",
    "points",
    "boxes",
    "polygons",
    "examples_raster",
    "not",
    "area",
    "reference",
    "model",
    "adapter",
    "checkpoint",
    "card",
    "blend",
)
"""The options, of any verb, that name something to read."""
_BESIDE_STEM = (
    *(".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qml", ".qmd"),
    *(".tfw", ".wld", ".pgw", ".jgw", ".hdr", ".id", ".map", ".dat", ".tab"),
)
_BESIDE_NAME = (".aux.xml", ".ovr", ".msk", "-wal", "-journal", "-shm")
"""Files that belong to the one read: ends that replace its suffix, and such that come after it."""
_ADAPTER = ("adapter_model.safetensors", "adapter_config.json", "card.json")
_CHOOSE = "it would be lost: choose another"
_VIRTUAL = re.compile(r"^(/vsi\w+/)+")


def check_apart(
    outputs: Iterable[Path], options: Namespace, *, folder: Path | None = None, option: str = "--out"
) -> None:
    """Refuse outputs that would take the place of something the run reads, before any work is done.

    First what killed runs left half done beside any of these files is finished.

    Args:
        outputs: every file that will be written.
        options: of the verb; those of :data:`READ` that it has are looked at.
        folder: one that the run makes its own; nothing it reads may lie in it.
        option: what named the outputs, for the message.

    Raises:
        OutputError: one of them is a file of an input, or lies in an input that is a folder.
    """
    outputs = list(outputs)
    named = [Path(value) for _, value in _named(options)]
    finish_dead_runs(_around([*outputs, *named]), outputs)
    places = [(out, _identity(out), _above(out)) for out in outputs]
    own = frozenset() if folder is None else _identity(folder)
    for name, value, file in _inputs(options):
        this = _identity(file)
        for out, identity, above in places:
            if identity & this or (os.path.isdir(file) and above & this):
                raise OutputError(
                    message("output-input", path=out, option=_what(name, value, file), instead=option)
                )
        if own & _above(file):
            raise OutputError(
                f"{folder}: this run reads from it ({_what(name, value, file)}); {_CHOOSE} {option}"
            )


def _around(files: Iterable[Path]) -> Iterator[Path]:
    """The folders in which files lie, and those of them that are folders themselves."""
    for file in files:
        yield Path(os.path.realpath(file)).parent
        if os.path.isdir(file):
            yield file


def _named(options: Namespace) -> Iterator[tuple[str, str]]:
    """Option and value of all that is read."""
    for name in READ:
        value = getattr(options, name, None)
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None:
                yield name, str(one)


def _inputs(options: Namespace) -> Iterator[tuple[str, str, Path]]:
    """Option, its value, and a file of it."""
    allowed = getattr(options, "allow_remote", False)
    for name, value in _named(options):
        yield from ((name, value, file) for file in files_read(name, value, allowed))


def _what(name: str, value: str, file: Path) -> str:
    of = "" if _identity(Path(value)) & _identity(file) else f" with {file.name}"
    return f"--{name.replace('_', '-')} {value}{of}"


def _below(folder: Path) -> list[Path]:
    """The sub-folders, in which adapters of single classes may lie."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def files_read(name: str, value: str, allow_remote: bool = False) -> list[Path]:
    """Every file or folder on the disk that reading an input touches; none if it lies elsewhere.

    Args:
        name: of the option.
        value: a path, or any name that GDAL knows, such as ``/vsizip/…`` or ``GPKG:file:table``.
        allow_remote: whether a file on this disk may lead to the network.
    """
    found = list(dict.fromkeys(on_disk(value)))
    if name == "adapter":
        folders = [folder for path in found for folder in (path, *_below(path))]
        return [file for folder in folders for part in _ADAPTER if os.path.exists(file := folder / part)]
    if name == "model":
        return [path for path in found if os.path.isfile(path)]  # A folder may have the name of a model.
    if name in ("raster", "examples_raster") and found:
        sources = _sources(value, allow_remote)
        if not sources:  # GDAL reads nothing from a plain folder.
            found = [path for path in found if not path.is_dir()]
        found += [part for source in sources for part in on_disk(source)]
    others = [other for path in found if os.path.isfile(path) for other in beside(path)]
    return list(dict.fromkeys([*found, *(other for other in others if os.path.isfile(other))]))


def on_disk(value: str) -> Iterator[Path]:
    """What of the disk a name means: itself, or files that a name of GDAL's goes through."""
    if os.path.lexists(value):
        yield Path(value)
        return
    for piece in re.split(r"[:\"',?{}|]", value):
        inner = _VIRTUAL.sub("", piece)
        for start in dict.fromkeys((piece, inner, "/" + inner.lstrip("/"))):
            path = Path(start)
            yield from (part for part in (path, *path.parents) if os.path.isfile(part))


def _sources(value: str, allow_remote: bool) -> list[str]:
    """The files of a raster by GDAL's own account: masks, overviews, what a mosaic is made of.

    None of one that may not be opened or is damaged: whoever opens it for the work says what is wrong.
    """
    import rasterio
    from rasterio._err import CPLE_BaseError  # As in engine.reading.opening.
    from rasterio.errors import RasterioError

    try:
        check_readable(value, allow_remote=allow_remote, error=RasterError)
        with warnings.catch_warnings(), rasterio.Env():
            warnings.simplefilter("ignore")
            with rasterio.open(value, sharing=False) as dataset:
                return list(dataset.files)
    except (RasterioError, CPLE_BaseError, OSError, ValueError):
        return []


def beside(path: Path) -> list[Path]:
    """The files that belong to one, whether or not they are there."""
    stem = path.with_suffix("")
    return [Path(f"{stem}{end}") for end in _BESIDE_STEM] + [Path(f"{path}{end}") for end in _BESIDE_NAME]


def _identity(path: Path) -> frozenset[tuple[str | int, ...]]:
    """What two paths to the same place have in common, whether or not something is there."""
    place = ("path", os.path.normcase(os.path.realpath(path)))
    try:
        status = os.stat(path)
    except OSError:
        return frozenset([place])
    # Some network folders number no files.
    return frozenset([place, *([("file", status.st_dev, status.st_ino)] if status.st_ino else [])])


def _above(path: Path) -> frozenset[tuple[str | int, ...]]:
    """The folders that a path leads through."""
    return frozenset().union(*(_identity(parent) for parent in Path(os.path.realpath(path)).parents))

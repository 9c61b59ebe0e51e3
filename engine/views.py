"""Files that hold no pixels or features but name others: VRTs, descriptions of web services, STAC items.

They are looked through before a library opens them: a file that somebody sent must neither make this computer
call others nor keep it busy for ever.
"""

from __future__ import annotations

import html
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError

MOST_READS = 1_000_000
"""Files that one look at a view may open, each counted as often as it is named."""
MOST_LEVELS = 64
"""Views of views, and so on, that are followed."""
_MOST_BYTES = 64 << 20
"""Views longer than this are looked through up to here."""
_VIEW = re.compile(rb"^(\xef\xbb\xbf)?\s*(<|\{)")
_REMOTE = re.compile(
    r"(?:https?|ftps?|s3|gs|az|abfss?|oss|swift|hdfs)://"
    r"|/vsi(?:curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)[_/]"
    r"|<(?:GDAL_WMS|GDAL_WMTS|WCS_GDAL|OGRWFSDataSource)\b"
    r"|\b(?:WMS|WMTS|WCS|WFS|WFS3|OAPIF|OGCAPI|STACIT|STACTA|PLMOSAIC|EEDA|EEDAI|PG|MYSQL|MSSQL|OCI|MongoDBv3):",
    re.I,
)
_SERVICES = re.compile(r"<(?:GDAL_WMS|GDAL_WMTS|WCS_GDAL|OGRWFSDataSource)\b")
_SOURCE = re.compile(r"<(SourceFilename|SourceDataset|SrcDataSource|IndexDataset|Source)\b([^<>]*)>([^<]*)")
_RELATIVE = re.compile(r"""relative\w*\s*=\s*["']1""", re.I)
_FILES = {"SourceFilename", "SourceDataset"}
"""Of these, the ones that name a raster."""
_ELSEWHERE = re.compile(r"$|/vsi|<|[A-Za-z][\w+.-]+:")
"""Names of no plain file: inside an archive, in memory, inline, or for a driver to understand."""
_HREF = re.compile(r'"href"\s*:\s*"([^"]*)"')


def check_readable(path: str | os.PathLike[str], *, allow_remote: bool, error: type[EngineError]) -> None:
    """Refuse a file that would never end, or one on this disk that leads to the network.

    What is no file on this disk, such as an address that the user names, is not looked at.

    Args:
        error: class of what is raised.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise error(f"{path}: is no file but a pipe or a device: write its content to a file first")
    if not stat.S_ISREG(mode):
        return
    reach = _look(path, {}, ())
    if reach.reads > MOST_READS:
        raise error(
            f"{path}: names other files, and these others, more than {MOST_READS} in all: give one of them"
        )
    if reach.remote is not None and not allow_remote:
        raise error(
            f"{path}: leads to the network ({_quoted(reach.remote)[:80]}): if you trust whoever made it, "
            "give --allow-remote"
        )
    if reach.missing is not None:
        # GDAL tells this a few times in a process, and then reads zeros.
        raise error(
            f"{path}: names {_quoted(reach.missing)[:200]}, which does not exist: bring it back, or make the "
            "view anew"
        )


def _quoted(name: str) -> str:
    """A name out of a file, in one line."""
    return " ".join(name.split())


@dataclass(frozen=True)
class _Reach:
    """Something of the network and something missing that a file leads to, and how many files it opens."""

    remote: str | None = None
    missing: str | None = None
    reads: int = 1

    def __add__(self, other: _Reach) -> _Reach:
        reads = min(self.reads + other.reads, MOST_READS + 1)
        return _Reach(self.remote or other.remote, self.missing or other.missing, reads)


def _look(path: Path, seen: dict[Path, _Reach], above: tuple[Path, ...]) -> _Reach:
    if path in above:
        return _Reach()  # The library itself finds the circle.
    if path in seen:
        return seen[path]
    if len(above) > MOST_LEVELS:
        return _Reach(reads=MOST_READS + 1)
    reach = _Reach()
    for source, relative, is_file in _sources(path):
        if _REMOTE.search(source):
            reach += _Reach(remote=source)
            continue
        file = path.parent / source if relative else Path(source)
        if is_file and _ELSEWHERE.match(source) is None and not os.path.exists(file):
            reach += _Reach(missing=str(file))
            continue
        reach += _look(file, seen, (*above, path))
    seen[path] = reach
    return reach


def _sources(path: Path) -> list[tuple[str, bool, bool]]:
    """What a view names: (name, whether it is relative to the view, whether it must be there)."""
    try:
        if not path.is_file():
            return []
        with path.open("rb") as file:
            if _VIEW.match(file.read(256)) is None:
                return []
            file.seek(0)
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError):
        return []
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return [(href, True, False) for href in _HREF.findall(text) if '"stac_version"' in text]
    if (service := _SERVICES.search(text)) is not None:
        return [(service[0], False, False)]
    return [
        (html.unescape(name.strip()), _RELATIVE.search(attributes) is not None, tag in _FILES)
        for tag, attributes, name in _SOURCE.findall(text)
    ]

"""Files that hold no pixels or features but name others: VRTs, descriptions of web services, STAC items.

They are looked through before a library opens them: a file that somebody sent must neither make this computer
call others nor keep it busy for ever.
"""

from __future__ import annotations

import html
import os
import re
import stat
from pathlib import Path

from engine.errors import EngineError

MOST_READS = 1_000_000
"""Files that one look at a view may open, each counted as often as it is named."""
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
_SOURCE = re.compile(r"<(?:SourceFilename|SourceDataset|SrcDataSource|IndexDataset|Source)\b([^<>]*)>([^<]*)")
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
    remote, reads = _look(path, {}, ())
    if reads > MOST_READS:
        raise error(
            f"{path}: names other files, and these others, more than {MOST_READS} in all: give one of them"
        )
    if remote is not None and not allow_remote:
        raise error(
            f"{path}: leads to the network ({remote[:80]}): if you trust whoever made it, give --allow-remote"
        )


def _look(
    path: Path, seen: dict[Path, tuple[str | None, int]], above: tuple[Path, ...]
) -> tuple[str | None, int]:
    """What of the network a file leads to, if anything, and how many files one look at it opens."""
    if path in above:
        return None, 1  # The library itself finds the circle.
    if path in seen:
        return seen[path]
    remote, reads = None, 1
    for source, relative in _sources(path):
        found = _REMOTE.search(source)
        if found is not None:
            remote = remote or source
            continue
        file = path.parent / source if relative else Path(source)
        inner, more = _look(file, seen, (*above, path))
        remote, reads = remote or inner, min(reads + more, MOST_READS + 1)
    seen[path] = remote, reads
    return seen[path]


def _sources(path: Path) -> list[tuple[str, bool]]:
    """(name, whether it is relative to the view) of what a view names; none for any other file."""
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
        return [(href, True) for href in _HREF.findall(text) if '"stac_version"' in text]
    if (service := _SERVICES.search(text)) is not None:
        return [(service[0], False)]
    return [
        (html.unescape(name.strip()), re.search(r"""relative\w*\s*=\s*["']1""", attributes, re.I) is not None)
        for attributes, name in _SOURCE.findall(text)
    ]

"""One file over HTTP into one partial file, resumed where it stopped, patient with bad lines."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from engine.errors import WeightsError, in_short

Progress = Callable[[int, int | None], None]
"""Called with (bytes done, bytes in all or None)."""

CHUNK = 1 << 16
TIMEOUT_S = (10.0, 60.0)
"""Seconds to wait for the connection, and for the next bytes."""
RETRY_WAITS_S = (1.0, 2.0, 4.0, 8.0)
"""Pauses after failures in a row that brought no new byte; then it is given up."""


class _TryAgain(Exception):
    """The server or the line failed in a way that often passes."""


_PASSING = (
    _TryAgain,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)
_NONSENSE = (requests.RequestException, HTTPError, ValueError, ArithmeticError)
"""What an answer against the standard raises, by requests or, as redirects to no address do, below it."""


def download(url: str, part: Path, size: int | None = None, progress: Progress | None = None) -> None:
    """Bring ``part`` to its full length; what it already holds is kept and continued.

    Proxies and certificates come from the environment, as requests reads it. An interruption leaves
    ``part`` for the next call. The content is not judged here.

    Args:
        size: bytes the file must have, if known.

    Raises:
        WeightsError: no connection, no such file, another size, or no room on the disk.
    """
    if os.path.lexists(part) and not part.is_file():
        raise WeightsError(f"{part} is no file; remove it, and run the same command again")
    furthest, failures = _length(part), 0
    while True:
        try:
            if _transfer(url, part, size, progress or _silent):
                return
        except requests.exceptions.SSLError as error:
            raise WeightsError(
                f"the certificate of {url} is not trusted; behind an inspecting proxy, "
                "set REQUESTS_CA_BUNDLE to its certificate file"
            ) from error
        except _PASSING as error:
            arrived = _length(part)
            failures = 0 if arrived > furthest else failures + 1
            furthest = max(furthest, arrived)
            if failures > len(RETRY_WAITS_S):
                raise WeightsError(
                    f"{url} cannot be fetched ({_reason(error)}); check the network and HTTPS_PROXY, "
                    "and run the same command again to resume"
                ) from error
            time.sleep(RETRY_WAITS_S[max(failures - 1, 0)])
        except _NONSENSE as error:
            raise WeightsError(f"{url} cannot be fetched: {_reason(error)}") from error


def _transfer(url: str, part: Path, size: int | None, progress: Progress) -> bool:
    """Ask once. True: complete. False: the partial file was of no use and is gone; ask again."""
    have = _length(part)
    if size is not None and have >= size:
        return have == size or _discard(part)
    # A compressed answer could not be resumed: its bytes are not the file's.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        start, total = _span(response)
        if response.status_code == 416 and have:
            return have == total or _discard(part)
        _check_status(response, url, resuming=have > 0)
        if response.status_code == 206 and start != have:
            return _discard(part)
        if size is not None and total is not None and total != size:
            raise WeightsError(f"{url} offers {total} bytes where {size} were published; check the mirror")
        offset = start or 0
        _check_room(part, (total or 0) - offset)
        _write(response, part, offset, total if size is None else size, progress)
    if size is not None and _length(part) > size:
        _discard(part)
        raise WeightsError(f"{url} sends more than the {size} bytes that were published; check the mirror")
    if total is not None and _length(part) < total:
        raise _TryAgain("the connection was cut")
    return True


def _span(response: requests.Response) -> tuple[int | None, int | None]:
    """First byte of an answer, None if it did not heed the range, and length of the whole file."""
    if response.status_code in (206, 416):
        match = re.fullmatch(
            r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("Content-Range", "").strip()
        )
        first, total = match.groups() if match else (None, None)
        return (int(first) if first else None), (int(total) if total and total != "*" else None)
    length = response.headers.get("Content-Length", "")
    return None, int(length) if length.isdecimal() else None


def _check_status(response: requests.Response, url: str, resuming: bool) -> None:
    status = f"{response.status_code} {response.reason}"
    if response.status_code == 429 or response.status_code >= 500:
        raise _TryAgain(f"the server answered {status}")
    if response.status_code != 200 and not (response.status_code == 206 and resuming):
        raise WeightsError(f"{url} answered {status}; check RESAM_WEIGHTS_URL if a mirror is set")


def _check_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise WeightsError(
            f"{part.parent} has {free / 1e9:.1f} GB free and {needed / 1e9:.1f} GB are needed; "
            "make room, or set RESAM_CACHE to another disk"
        )


def _write(
    response: requests.Response, part: Path, offset: int, total: int | None, progress: Progress
) -> None:
    """Append from ``offset`` (0 starts over) until the answer ends, or goes on beyond ``total``."""
    done = offset
    progress(done, total)
    try:
        with part.open("ab" if offset else "wb") as file:
            for chunk in response.iter_content(CHUNK):
                file.write(chunk)
                done += len(chunk)
                progress(done, total)
                if total is not None and done > total:
                    break
            file.flush()
            os.fsync(file.fileno())
    except requests.RequestException:
        raise  # It is an OSError too, but the line's fault and not the disk's.
    except OSError as error:
        raise WeightsError(f"{part} cannot be written: {error.strerror or error}") from error


def _discard(part: Path) -> bool:
    part.unlink(missing_ok=True)
    return False


def _length(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _reason(error: BaseException) -> str:
    """The innermost cause in one line: requests wraps it in layers that repeat the address."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return in_short(error)


def _silent(done: int, total: int | None) -> None:
    """Progress that nobody watches."""

"""Errors a user can cause or mend: one line that says what, where and what to do next.

Command lines print ``str(error)`` and leave with :data:`EXIT_CODE`; they never show a traceback for an
:class:`EngineError`. Each leaf also inherits the builtin a library user would expect to catch.
"""

import errno
import re

EXIT_CODE = 2
MOST_QUOTED = 300
"""Letters of a library's own words that a line for the user repeats."""
_NO_ROOM = re.compile(
    r"(not enough|can't allocate|cannot allocate) memory|bad_alloc|failed to map segment", re.IGNORECASE
)
"""How torch on a processor, and the loader of its libraries, report that memory does not suffice."""


class EngineError(Exception):
    """Root of every error this package raises on purpose."""


class ConfigError(EngineError, ValueError):
    """An option has a value that cannot work."""


class RasterError(EngineError, OSError):
    """A raster cannot be opened, read or georeferenced."""


class PointsError(EngineError, ValueError):
    """A point or box layer cannot be used."""


class ModelError(EngineError, ValueError):
    """A model is unknown, or a weights file does not fit it."""


class WeightsError(EngineError, OSError):
    """Model weights are missing, damaged, or cannot be fetched."""


class OutputError(EngineError, OSError):
    """A result cannot be written where it was asked for."""


class ClusterError(EngineError, ConnectionError):
    """Worker processes, or their scheduler, cannot do the work."""


class Cancelled(EngineError):
    """The caller asked to stop; nothing was written."""


def in_short(error: BaseException) -> str:
    """What a library says, in one line that is not too long to read; a damaged file may be quoted in it."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= MOST_QUOTED else text[:MOST_QUOTED] + "…"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the memory, of the machine or of a device, does not suffice."""
    if isinstance(error, RuntimeError | ImportError):
        return type(error).__name__ == "OutOfMemoryError" or _NO_ROOM.search(str(error)) is not None
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)

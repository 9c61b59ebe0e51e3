"""Builds of this version's environment in the user's folder: one at a time, in whichever QGIS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qgis.PyQt.QtCore import QLockFile

from . import environment, places
from .i18n import tr
from .interpreters import BuildError

LOCK = "build.lock"


def plan_for(accelerator: str, python: str, wheels: Path | None = None, index: str = "") -> environment.Plan:
    """A build; see :class:`environment.Plan` for the arguments."""
    home, locks, bundle = places.home(), places.locks(), places.bundle()
    return environment.Plan(home, locks, bundle, accelerator, python, wheels, index)


def outdated() -> bool:
    """Whether the environment in use was built for another version of the plugin."""
    found = environment.record(places.home())
    if found is None:
        return False
    return environment.outdated(plan_for(found["accelerator"], "", index=found.get("index", "")))


@contextmanager
def only_build() -> Iterator[None]:
    """Hold the right to build and remove environments.

    Raises:
        BuildError: another QGIS has it.
    """
    lock = QLockFile(str(places.home() / LOCK))
    lock.setStaleLockTime(0)  # A download may take hours.
    # Where the folder is not there yet, or cannot be written, whoever needs it says so.
    if not lock.tryLock(0) and lock.error() == QLockFile.LockError.LockFailedError:
        raise BuildError(tr("Another QGIS is setting up the environment: wait for it."))
    try:
        yield
    finally:
        lock.unlock()


def tidy() -> None:
    """Remove environments that are not in use, unless one of them is being built."""
    try:
        with only_build():
            environment.tidy(places.home())
    except BuildError:
        return

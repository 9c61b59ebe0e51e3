"""Runs the engine's commands as processes: which Python, with which variables, and how they are stopped."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qgis.core import QgsApplication, QgsNetworkAccessManager, QgsSettings
from qgis.PyQt.QtCore import QProcess, QProcessEnvironment
from qgis.PyQt.QtNetwork import QNetworkProxy

from . import environment, places, sayings, settings
from .i18n import tr
from .presence import present

SCRUBBED = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PROJ_LIB",
    "PROJ_DATA",
    "GDAL_DATA",
    "GDAL_DRIVER_PATH",
    "QT_PLUGIN_PATH",
    "LD_PRELOAD",
    "VIRTUAL_ENV",
)
"""What QGIS sets for its own libraries would break those of the engine."""
POLL_MS = 100
IDLE_SECONDS = 0.02
GRACE_SECONDS = 15.0
"""How long a process may take to end of itself before it is killed."""
STDERR_KEPT = 20_000
CERTIFICATES = "certificates.pem"
IMPORT_ERRORS = ("ModuleNotFoundError", "ImportError")
"""What a Python says whose packages are not there, or not whole, as after an upgrade of the system."""
ATTACHED = "engine.serving.attached"


class NotReady(Exception):
    """The engine cannot run yet; the message says what to do."""


@dataclass(frozen=True)
class Finished:
    """How a process ended.

    Attributes:
        code: its exit code; None if it was killed or crashed.
        stderr: the end of what it said there.
        stopped: whether it was asked to end.
        error: its event about what is wrong, if there was one.
    """

    code: int | None
    stderr: str
    stopped: bool
    error: Mapping[str, Any] | None = None

    @property
    def problem(self) -> str | None:
        """One line for the user, or None after success."""
        if self.stopped:
            return tr("Cancelled; nothing was changed.")
        if self.code == 0:
            return None
        if self.error is not None:
            event = self.error
            return sayings.problem(str(event["error"]), str(event.get("code")), event.get("values") or {})
        said = _last_line(self.stderr)
        if self.code is None:
            return tr("The engine ended unexpectedly: {}").format(said)
        return said


def _last_line(said: str) -> str:
    """What a program said at its end."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else tr("it said nothing")


def interpreter() -> Path:
    """The Python that runs the engine.

    Raises:
        NotReady: there is none yet.
    """
    chosen = str(settings.INTERPRETER.get())
    if chosen:
        if not Path(chosen).is_file():
            raise NotReady(tr("The chosen Python does not exist any more: {}").format(chosen))
        return Path(chosen)
    found = environment.current(places.home())
    if found is None:
        raise NotReady(tr("The environment is not set up yet: open ReSAM ▸ Environment."))
    return found


def unfit() -> str:
    """What to say when worker and plugin are of different versions."""
    return tr("Plugin and environment do not fit each other: update the environment.")


def outdated() -> str:
    """What to say after an upgrade of the plugin to one with other packages."""
    return tr("The environment is from another version of the plugin: update it.")


def broken() -> str:
    """What to say of a Python that was fine once."""
    return tr("The environment does not run any more: repair it.")


def not_started(said: str) -> str:
    """What to say of an engine that ended before it did anything.

    Args:
        said: on stderr, or by the system.
    """
    return f"{tr('The engine cannot be started: {}').format(_last_line(said))}. {broken()}"


def environment_is_missing(text: str) -> bool:
    """Whether a message says that the engine has no Python that fits: the assistant is the way out."""
    if unfit() in text or broken() in text:
        return True
    try:
        interpreter()
    except NotReady as problem:
        return str(problem) in text
    return False


def variables() -> QProcessEnvironment:
    """The variables of a process of the engine: QGIS's own, without those of its libraries.

    For the window's thread alone. In another one QGIS opens a database of certificates for that thread, and a
    thread of a pool that ran twice closes it once more when QGIS ends, after its manager is gone: a crash.
    """
    result = QProcessEnvironment.systemEnvironment()
    for name in SCRUBBED:
        result.remove(name)
    result.insert("PYTHONPATH", str(places.bundle()))
    result.insert("PYTHONUNBUFFERED", "1")
    result.insert("PYTHONIOENCODING", "utf-8")
    result.insert("PYTHONDONTWRITEBYTECODE", "1")
    for name, value in {**network_variables(), **_chosen()}.items():
        result.insert(name, value)
    return result


def _chosen() -> dict[str, str]:
    """What the user set for the engine; what an administrator set in the environment stays without that."""
    sizes = {"GDAL_CACHEMAX": settings.MEMORY_MB, "RESAM_EMBEDDINGS_GB": settings.CACHE_GB}
    found = {name: str(size.get()) for name, size in sizes.items() if size.get() != size.default}
    if threads := settings.THREADS.get():
        found |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    texts = {"RESAM_EMBEDDINGS": settings.EMBEDDINGS, "RESAM_CACHE": settings.WEIGHTS}
    texts["RESAM_WEIGHTS_URL"] = settings.MIRROR
    return found | {name: str(setting.get()) for name, setting in texts.items() if setting.get()}


def network_variables() -> dict[str, str]:
    """Proxy and certificates that the user set in QGIS, as the variables that Python programs know."""
    return {**_proxy(), **_certificates()}


def _certificates() -> dict[str, str]:
    """Authorities that the user added to those of the system, all together in one file."""
    manager = present(QgsApplication.authManager())
    if manager.isDisabled() or not (manager.extraFileCAs() or manager.databaseCAs()):
        return {}
    path = places.home() / CERTIFICATES
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(manager.trustedCaCertsPemText()))
    except OSError:
        return {}
    return {name: str(path) for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")}


def _proxy() -> dict[str, str]:
    if not QgsSettings().value("proxy/proxyEnabled", False, type=bool):
        return {}
    proxy = present(QgsNetworkAccessManager.instance()).fallbackProxy()
    if not proxy.hostName() or proxy.type() == QNetworkProxy.ProxyType.NoProxy:
        return {}
    login = f"{quote(proxy.user(), safe='')}:{quote(proxy.password(), safe='')}@" if proxy.user() else ""
    scheme = "socks5h" if proxy.type() == QNetworkProxy.ProxyType.Socks5Proxy else "http"
    address = f"{scheme}://{login}{proxy.hostName()}:{proxy.port()}"
    excluded = QgsSettings().value("proxy/noProxyUrls", [], type=list)
    found = {"HTTP_PROXY": address, "HTTPS_PROXY": address}
    return {**found, "NO_PROXY": ",".join(excluded)} if excluded else found


def new_process(known: QProcessEnvironment) -> QProcess:
    """A process with these variables, in the engine's folder."""
    process = QProcess()
    process.setProcessEnvironment(known)
    process.setWorkingDirectory(str(places.bundle()))
    return process


def shown(arguments: Sequence[str]) -> str:
    """The same run, for a terminal."""
    try:
        program = [str(interpreter()), "-m", *arguments]
    except NotReady:
        program = ["python", "-m", *arguments]
    if sys.platform == "win32":
        words = " ".join(f'"{part}"' if " " in part or not part else part for part in program)
        return f'set "PYTHONPATH={places.bundle()}" && {words}'
    return f"PYTHONPATH={shlex.quote(str(places.bundle()))} {shlex.join(program)}"


def run_engine(
    arguments: Sequence[str],
    known: QProcessEnvironment,
    on_event: Callable[[dict[str, Any]], None] = lambda event: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Finished:
    """Run ``python -m …`` to its end, telling every JSON event; for any thread but the one of the window.

    The process ends with QGIS, however that ends: see :mod:`engine.serving.attached`.

    Args:
        arguments: module and options, ``--json`` among them if events are wanted.
        known: :func:`variables`, asked for in the window's thread.
        stopped: asked often; once true the process gets a request to end, and its outputs stay as they were.

    Raises:
        NotReady: there is no environment, or it lacks what the engine needs.
    """

    errors: list[dict[str, Any]] = []

    def on_line(line: str) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if isinstance(event, dict) and "event" in event:
            on_event(event)
            if event["event"] == "error":
                errors.append(event)

    command = [str(interpreter()), "-m", ATTACHED, *arguments]
    done = run(command, on_line, stopped, new_process(known), attached=True)
    lacks = done.code not in (0, None) and not errors and _last_line(done.stderr).startswith(IMPORT_ERRORS)
    if lacks and not done.stopped:
        raise NotReady(not_started(done.stderr))
    return replace(done, error=errors[-1] if errors else None)


def run_command(
    command: Sequence[str],
    known: QProcessEnvironment,
    added: Mapping[str, str],
    on_line: Callable[[str], None],
    stopped: Callable[[], bool],
) -> Finished:
    """Run any command with the engine's variables and some more; see :func:`run`."""
    more = QProcessEnvironment(known)
    for name, value in added.items():
        more.insert(name, value)
    return run(command, on_line, stopped, new_process(more))


def run(
    command: Sequence[str],
    on_line: Callable[[str], None],
    stopped: Callable[[], bool],
    process: QProcess,
    attached: bool = False,
) -> Finished:
    """Run a command to its end, telling every line that it prints on stdout.

    Args:
        attached: the command ends of itself when its stdin does.
    """
    process.start(command[0], list(command[1:]))
    if not attached:
        process.closeWriteChannel()
    rest, said, ended_by_us, deadline = b"", "", False, None
    while process.state() != QProcess.ProcessState.NotRunning:
        if not process.waitForReadyRead(POLL_MS):
            time.sleep(IDLE_SECONDS)  # A process that has closed its output is not waited for.
        *lines, rest = (rest + bytes(process.readAllStandardOutput())).split(b"\n")
        for line in lines:
            on_line(line.decode("utf-8", "replace"))
        said = (said + bytes(process.readAllStandardError()).decode("utf-8", "replace"))[-STDERR_KEPT:]
        if not ended_by_us and stopped():
            ended_by_us, deadline = True, time.monotonic() + GRACE_SECONDS
            process.closeWriteChannel() if attached else interrupt(process)
        if deadline is not None and time.monotonic() > deadline:
            process.kill()
    for line in [*(rest + bytes(process.readAllStandardOutput())).split(b"\n")]:
        if line:
            on_line(line.decode("utf-8", "replace"))
    said += bytes(process.readAllStandardError()).decode("utf-8", "replace")
    if process.error() == QProcess.ProcessError.FailedToStart:
        return Finished(None, f"{command[0]}: {process.errorString()}", ended_by_us)
    crashed = process.exitStatus() == QProcess.ExitStatus.CrashExit
    return Finished(None if crashed else process.exitCode(), said, ended_by_us)


def interrupt(process: QProcess) -> None:
    """Ask a process to end as Ctrl-C would; where that is not known, end it: outputs are whole or absent."""
    number = process.processId()
    if number and sys.platform != "win32":
        os.kill(number, signal.SIGINT)
    else:
        process.kill()

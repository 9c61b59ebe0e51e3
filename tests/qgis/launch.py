"""Run by QGIS (``--code``), or by its Python without a window: calls every check of some modules.

A check is a function ``check_…(stage)``. Each becomes a line of JSON: its name, and None or a traceback.
Modules that are named together, with ``+`` between, share QGIS, the stage and the warm worker.
"""

import importlib
import json
import os
import sys
import threading
import time
import traceback

from qgis.PyQt.QtCore import QTimer

ROOT, MODULES, RESULT = (os.environ[f"RESAM_TEST_{name}"] for name in ("ROOT", "MODULE", "RESULT"))
# Behind everything else: what is tested is the installed archive, not the source tree.
sys.path.append(os.path.join(ROOT, "tests", "qgis"))


def run_all() -> None:
    modules = [importlib.import_module(f"inside.{name}") for name in MODULES.split("+")]
    stage = modules[0].Stage()
    watch_threads()
    only = os.environ.get("RESAM_TEST_ONLY", "")
    try:
        for module in modules:
            for name, check in list(vars(module).items()):
                if name.startswith("check_") and only in name:
                    started = time.monotonic()
                    keep(name, call(check, stage), time.monotonic() - started)
    finally:
        stage.close()


def watch_threads() -> None:
    """Whoever asks for QGIS's certificates in a thread of its pool makes QGIS crash when it ends."""
    from resam_qgis import runtime

    asked = runtime.network_variables

    def in_the_windows_thread():
        assert threading.current_thread() is threading.main_thread(), "asked in another thread"
        return asked()

    runtime.network_variables = in_the_windows_thread


def call(check, stage) -> "str | None":
    unheard = []  # Exceptions in slots, which Qt would only print.
    sys.excepthook = lambda *error: unheard.append("".join(traceback.format_exception(*error)))
    try:
        stage.fresh()
        check(stage)
    except Exception:  # noqa: BLE001 - whatever went wrong is the result
        return traceback.format_exc()
    return "\n".join(unheard) or None


def keep(name: str, problem: "str | None", seconds: float = 0.0) -> None:
    with open(RESULT, "a", encoding="utf-8") as file:
        file.write(json.dumps({"name": name, "problem": problem, "seconds": round(seconds, 1)}) + "\n")


def main() -> None:
    try:
        run_all()
    except Exception:  # noqa: BLE001 - told as the result of a check of its own
        keep("launch", traceback.format_exc())
        os._exit(1)  # A window that is left open would wait for somebody.


if os.environ.get("RESAM_TEST_WINDOW"):
    QTimer.singleShot(2000, main)
else:
    main()

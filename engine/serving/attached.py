"""``python -m engine.serving.attached MODULE …``: ``python -m MODULE …``, until stdin ends.

A program that starts a long run keeps the other end of stdin open. When that program is gone, even killed,
and on any system, the pipe ends: then the run is interrupted as by Ctrl-C, and what has not ended after
:data:`GRACE_SECONDS` is ended at once. Standard library alone.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import runpy
import signal
import sys
import threading
import time

from engine.errors import EXIT_CODE

GRACE_SECONDS = 10.0
INTERRUPTED = 130


def end_with_stdin() -> None:
    """Interrupt this process when stdin ends; for good when it takes too long."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    with contextlib.suppress(OSError):  # A pipe that broke has ended, too.
        while os.read(0, 4096):
            continue
    if os.name == "posix":
        os.kill(os.getpid(), signal.SIGINT)  # Unlike the other, it wakes a thread that waits.
    else:
        _thread.interrupt_main()
    time.sleep(GRACE_SECONDS)
    os._exit(INTERRUPTED)


def main() -> int:
    """Run the module that the arguments name, as its own main program."""
    if len(sys.argv) < 2:
        print("attached: name a module to run, such as engine.train", file=sys.stderr)
        return EXIT_CODE
    end_with_stdin()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Stands in for a slow model: the real worker, which gets a click when the check lets it.

Run with the interpreter of the engine. In the folder ``RESAM_TEST_GATE`` the file ``free`` lets every click
through, and any other file one click, which takes it away. Signs of life are not held up.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

GATE = Path(os.environ["RESAM_TEST_GATE"])
FREE = GATE / "free"


def wait_for_turn():
    """Until the gate is open, or a ticket lies there; the ticket is gone then."""
    while not FREE.exists():
        ticket = next((path for path in GATE.iterdir() if path != FREE), None)
        if ticket is not None:
            ticket.unlink()
            return
        time.sleep(0.01)


def pass_on(lines, pipe):
    """Hand line after line over, each click in its turn."""
    while (line := lines.get()) is not None:
        request = json.loads(line)
        if request.get("method") == "ask" and not request["params"].get("fast"):
            wait_for_turn()
        pipe.write(line)
        pipe.flush()
    pipe.close()


def main():
    worker = subprocess.Popen([sys.executable, "-m", "engine.serving.worker"], stdin=subprocess.PIPE)
    lines = queue.SimpleQueue()
    threading.Thread(target=pass_on, args=(lines, worker.stdin), daemon=True).start()
    for line in iter(sys.stdin.buffer.readline, b""):
        lines.put(line)
    lines.put(None)
    worker.terminate()
    return worker.wait()


if __name__ == "__main__":
    sys.exit(main())

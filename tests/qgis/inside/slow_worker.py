"""Stands in for a slow model: the real worker, which gets every click ``RESAM_TEST_DELAY`` seconds late.

Run with the interpreter of the engine; cancellations and signs of life are not held up.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time

DELAY = float(os.environ["RESAM_TEST_DELAY"])


def pass_on(lines, pipe):
    """Hand line after line over, each click after its time."""
    while (line := lines.get()) is not None:
        request = json.loads(line)
        if request.get("method") == "ask" and not request["params"].get("fast"):
            time.sleep(DELAY)
        pipe.write(line)
        pipe.flush()
    pipe.close()


def main():
    worker = subprocess.Popen([sys.executable, "-m", "engine.serving.worker"], stdin=subprocess.PIPE)
    lines = queue.SimpleQueue()
    threading.Thread(target=pass_on, args=(lines, worker.stdin)).start()
    for line in iter(sys.stdin.buffer.readline, b""):
        lines.put(line)
    lines.put(None)
    worker.terminate()
    return worker.wait()


if __name__ == "__main__":
    sys.exit(main())

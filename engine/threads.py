"""How the threads of the network libraries behave; they read it once, when torch is imported."""

from __future__ import annotations

import os

VARIABLES = {
    # Threads that spin while they wait bring everything to a crawl as soon as another program wants a core.
    "OMP_WAIT_POLICY": "PASSIVE",
    # The same bits from any number of threads, so that a layer does not depend on how it was computed.
    "MKL_CBWR": "AUTO,STRICT",
}


def settle() -> None:
    """Set what the user has not; to be called before torch is imported."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)

"""Whether a model was adapted, told from the header of its file: torch is not needed for that."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open

CARD, MERGED = "card", "merged"
"""Where the header of a checkpoint says what was merged into it."""


def is_adapted(model: str, adapter: str | Path | None) -> bool:
    """Whether an adapter is on the model, or merged into its file.

    Adapting trains the single mask alone, and the verdict speaks of it; so such models answer with it, and
    not with the best of three.
    """
    if adapter is not None:
        return True
    path = Path(model)
    if path.suffix != ".safetensors" or not path.is_file():
        return False
    try:
        with safe_open(path, framework="numpy") as file:
            card = json.loads((file.metadata() or {}).get(CARD, "{}"))
    except (SafetensorError, OSError, ValueError):
        return False  # Loading it will say what is wrong with it.
    return MERGED in card

"""Run by QGIS's Python: adapters imported from damaged archives. Prints how many were taken and refused."""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from resam_qgis import adapters
from tests.attacks.mutants import mutated_bytes

GOOD = {
    "card.json": b'{"base": "nano", "base_sha256": "00", "status": "accepted"}',
    "adapter_config.json": b'{"peft_type": "LORA"}',
    "adapter_model.safetensors": bytes(range(256)) * 4,
    "report.html": b"<html></html>",
}
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def packed(method: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in GOOD.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def attacked(file: Path, folder: Path) -> bool:
    """Whether a file is taken for an adapter; nothing else may be left of it, and nothing else raised."""
    try:
        made = adapters.import_file(file, folder)
    except adapters.BadAdapter:
        assert list(folder.iterdir()) == [], list(folder.iterdir())
        return False
    assert {path.name for path in made.iterdir()} >= adapters.NEEDED
    assert all(path.resolve().is_relative_to(made) for path in made.rglob("*"))
    assert len(adapters.listed(folder)) == 1
    adapters.remove(made)
    assert list(folder.iterdir()) == []
    return True


def main(total: int) -> None:
    rng = np.random.default_rng(7)
    sound = [packed(method) for method in METHODS]
    taken = 0
    with tempfile.TemporaryDirectory() as place:
        file, folder = Path(place) / "a.resam-adapter", Path(place) / "adapters"
        folder.mkdir()
        for number in range(total):
            file.write_bytes(mutated_bytes(rng, sound[number % len(sound)]))
            taken += attacked(file, folder)
        assert sorted(path.name for path in Path(place).iterdir()) == ["a.resam-adapter", "adapters"]
    print(taken, total - taken)


main(int(sys.argv[1]))

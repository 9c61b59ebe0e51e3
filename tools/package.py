"""Build the plugin's archive: ``python tools/package.py`` writes ``dist/resam_qgis-<version>.zip``.

The same commit gives the same bytes. ``metadata.txt`` is copied in; engine, training, weights and locks go
under ``bundle/``, where only the engine's own processes see them. Standard library alone.
"""

from __future__ import annotations

import configparser
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGIN, BUNDLE = "resam_qgis", "resam_qgis/bundle"
SHIPPED = {
    ".py",
    ".json",
    ".md",
    ".safetensors",
    ".txt",
    ".svg",
    ".html",
    ".jpg",
    ".qm",
    ".tif",
    ".geojson",
}
LOCKS = ("build.txt", "torch.txt", "torch-published.txt", "runtime.txt", "sam2.txt")
"""What the plugin's environment is built from; the project's own set-up has one more."""
LARGEST = 16_000_000
DATE = (2026, 1, 1, 0, 0, 0)


def members() -> Iterator[tuple[Path, str]]:
    """Every file that is shipped, with its place in the archive."""
    yield ROOT / "metadata.txt", f"{PLUGIN}/metadata.txt"
    yield ROOT / "LICENSE", f"{PLUGIN}/LICENSE"
    for path in files(ROOT / PLUGIN):
        yield path, f"{PLUGIN}/{path.relative_to(ROOT / PLUGIN).as_posix()}"
    for name in LOCKS:
        yield ROOT / "requirements" / name, f"{BUNDLE}/requirements/{name}"
    for folder in ("engine", "training"):
        for path in files(ROOT / folder):
            yield path, f"{BUNDLE}/{path.relative_to(ROOT).as_posix()}"


def files(folder: Path) -> list[Path]:
    """The files of a folder that belong into the archive."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in SHIPPED and "__pycache__" not in path.parts
    )


def version() -> str:
    """The version in ``metadata.txt``."""
    metadata = configparser.ConfigParser(interpolation=None)
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    return metadata["general"]["version"]


def build(folder: Path) -> Path:
    """Write the archive into a folder; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PLUGIN}-{version()}.zip"
    part = target.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, name in members():
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, path.read_bytes())
    part.replace(target)
    return target


def main() -> int:
    """Build the archive; 1 if it is too large."""
    target = build(ROOT / "dist")
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}: {size / 1e6:.1f} MB")
    if size > LARGEST:
        print(f"larger than {LARGEST / 1e6:.0f} MB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Keep the translations: ``python tools/translations.py`` brings the .ts files up to date and compiles them.

Every ``tr("…")`` of the plugin is found in its source. Texts that are gone leave the .ts files; new ones come
in as unfinished, for Qt Linguist or any editor. Qt's ``lrelease`` makes the .qm files that QGIS loads.
"""

from __future__ import annotations

import ast
import runpy
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "resam_qgis"
FOLDER = PLUGIN / "i18n"
CONTEXT = "ReSAM"
LANGUAGES = ("de", "es", "fr", "pt", "zh")
COMPILERS = ("lrelease", "lrelease-qt5", "/usr/lib/qt5/bin/lrelease", "lrelease6")


def texts() -> list[str]:
    """Every text that the plugin shows, once, in the order of the source; then the engine's sentences."""
    found: dict[str, None] = {}
    for path in sorted(PLUGIN.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr":
                argument = node.args[0]
                if not isinstance(argument, ast.Constant):
                    raise SystemExit(f"{path}:{node.lineno}: tr() needs a literal text")
                found[str(argument.value)] = None
    # The engine's own sentences; the module needs nothing else.
    for sentence in runpy.run_path(str(ROOT / "engine" / "messages.py"))["TEMPLATES"].values():
        found[sentence] = None
    return list(found)


def read(path: Path) -> dict[str, str]:
    """The finished translations of a .ts file."""
    if not path.exists():
        return {}
    found = {}
    for message in ET.parse(path).iter("message"):
        source, translation = message.find("source"), message.find("translation")
        if source is not None and translation is not None and translation.get("type") != "unfinished":
            found[source.text or ""] = translation.text or ""
    return found


def write(path: Path, language: str, known: dict[str, str]) -> int:
    """Write a .ts file with every text; how many have no translation yet."""
    root = ET.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    missing = 0
    for text in texts():
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = text
        translation = ET.SubElement(message, "translation")
        if text in known:
            translation.text = known[text]
        else:
            translation.set("type", "unfinished")
            missing += 1
    ET.indent(root, " ")
    content = ET.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{content}\n', encoding="utf-8")
    return missing


def main() -> int:
    """Bring every language up to date; 1 if Qt's compiler is missing."""
    compiler = next((found for name in COMPILERS if (found := shutil.which(name))), None)
    for language in LANGUAGES:
        path = FOLDER / f"resam_{language}.ts"
        missing = write(path, language, read(path))
        print(f"{path.name}: {missing} without a translation")
        if compiler is not None:
            command = [compiler, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))]
            subprocess.run(command, check=True)
    if compiler is None:
        print("lrelease is missing: install qttools5-dev-tools, then repeat.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

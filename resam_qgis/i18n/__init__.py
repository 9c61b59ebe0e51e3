"""Translations: every text of the plugin goes through :func:`tr`."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.PyQt.QtCore import QCoreApplication, QTranslator

CONTEXT = "ReSAM"


def tr(text: str) -> str:
    """The text in the user's language; English if there is no translation."""
    return QCoreApplication.translate(CONTEXT, text)


def translated(text: str) -> str:
    """As :func:`tr`, of a sentence that stands in a module of the engine."""
    return QCoreApplication.translate(CONTEXT, text)


def install(locale: str) -> QTranslator | None:
    """Install the translator of a locale such as ``de_DE``; None if there is none for it."""
    translator = QTranslator()
    folder = Path(__file__).parent
    for name in (locale, re.split("[-_]", locale)[0]):
        if translator.load(str(folder / f"resam_{name}.qm")):
            QCoreApplication.installTranslator(translator)
            return translator
    return None


def remove(translator: QTranslator | None) -> None:
    """Take a translator out again."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)

"""A report for a request for help: versions, places, settings, last words; without passwords or keys."""

from __future__ import annotations

import configparser
import json
import platform
import re
import sys
from pathlib import Path

from qgis.core import Qgis, QgsSettings
from qgis.PyQt.QtCore import QT_VERSION_STR

from . import environment, places, runtime, settings

SECRETS = (
    (re.compile(r"(\w+://)[^\s\"']*@"), r"\1***@"),
    (
        re.compile(
            r"(?i)\b((?:[\w-]*(?:token|password|passwd|secret|api[_-]?key|authcfg))\s*[=:]\s*)[^\s&\"',;]+"
        ),
        r"\1***",
    ),
)


def redacted(text: str) -> str:
    """The text without log-ins in addresses and without values of keys, and with the home folder as ``~``."""
    for pattern, replacement in SECRETS:
        text = pattern.sub(replacement, text)
    return text.replace(str(Path.home()), "~")


def version() -> str:
    """The plugin's version."""
    for folder in (places.PLUGIN, places.PLUGIN.parent):
        metadata = configparser.ConfigParser(interpolation=None)
        if metadata.read(folder / "metadata.txt", encoding="utf-8"):
            return metadata["general"]["version"]
    return "?"


def report(last_words: str = "") -> str:
    """Everything that helps to help.

    Args:
        last_words: what the worker said on stderr.
    """
    kept = QgsSettings()
    kept.beginGroup(settings.PREFIX)
    choices = {key: str(kept.value(key)) for key in kept.allKeys()}
    try:
        python = str(runtime.interpreter())
    except runtime.NotReady as problem:
        python = str(problem)
    lines = [
        f"ReSAM {version()}, QGIS {Qgis.version()}, Qt {QT_VERSION_STR}, Python {sys.version.split()[0]}",
        platform.platform(),
        f"home: {places.home()}",
        f"environment: {json.dumps(environment.record(places.home()))}",
        f"python: {python}",
        f"settings: {json.dumps(choices)}",
        f"network: {json.dumps(runtime.network_variables())}",
        *last_words.splitlines()[-40:],
    ]
    return redacted("\n".join(lines))

"""Where packages come from: what pip is configured with, translated for uv, which does not read it.

Standard library alone: the project's own set-up uses it on a bare Python.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

# pip's option -> (uv's variable, how uv separates several values)
_TRANSLATION = {
    "find-links": ("UV_FIND_LINKS", ","),
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "cert": ("SSL_CERT_FILE", " "),
}


def settings_of(listing: str) -> dict[str, list[str]]:
    """What ``pip config list`` printed: options by bare name, their values in order, without repeats."""
    settings: dict[str, list[str]] = {}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        values = settings.setdefault(key.rpartition(".")[2], [])
        parts = dict.fromkeys(str(ast.literal_eval(value)).split())
        values += [part for part in parts if part not in values]
    return settings


def uv_variables(listing: str, present: Mapping[str, str]) -> dict[str, str]:
    """uv's variables for what ``pip config list`` printed, save those that are ``present`` already."""
    found = {}
    for option, values in settings_of(listing).items():
        variable, separator = _TRANSLATION.get(option, ("", ""))
        if variable and variable not in present:
            found[variable] = separator.join(values)
    # pip looks at all indexes alike. That is safe here: every file must match a recorded hash.
    if "UV_INDEX_STRATEGY" not in present:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found

"""The encoding of a vector file's text: as the file or the user states it, or found by trying."""

from __future__ import annotations

import codecs
import locale
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.errors import PointsError

_TEXT_FILES = {".csv", ".tsv", ".txt", ".geojson", ".json"}
"""Files that are text as a whole; in others, only names and values are."""
_COMPANIONS = (".csvt", ".prj")
"""Files beside a text file that its reader looks for."""
_DBF_FILES = {".shp", ".dbf"}
_BYTES = "ISO-8859-1"
"""Takes every byte for the character of its number, so that nothing is lost before the encoding is known."""
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LANGUAGE_DRIVER = 29
"""Byte of a DBF file that names its code page."""
_NO_CODE_PAGE = {0x00, 0x57}
"""Its values that name none: nothing, and 'whatever the system has'."""
_WEST_EUROPEAN = {"iso8859-1", "cp1252"}
_CHUNK = 1 << 20


class Decoder:
    """Turns what a reader hands out into text.

    Attributes:
        active: whether the reader is asked for bytes, in the guise of texts, which :meth:`fit` decodes.
        notes: what had to be assumed, one sentence each.
    """

    def __init__(
        self, declared: str | None, given: str | None, active: bool = False, is_text: bool = False
    ) -> None:
        """
        Args:
            declared: encoding that the file names, or that its format prescribes.
            given: encoding that the user names; no other is tried.
            is_text: whether the file is text as a whole, in UTF-8.
        """
        self.active = active
        self._is_text = is_text
        self.notes: list[str] = []
        self._declared, self._given = declared, given

    @property
    def asked(self) -> str | None:
        """The encoding that the reader assumes; None leaves the choice to the reader.

        Left to itself, it takes a text file to be in the platform's encoding.
        """
        return _BYTES if self.active else "UTF-8" if self._is_text else None

    def fit(self, texts: Iterable[np.ndarray]) -> Callable[[str], str]:
        """A function from a reader's text to the true one.

        Args:
            texts: everything that the reader handed out; objects in them that are no texts are passed over.

        Raises:
            PointsError: no encoding fits.
        """
        distinct = {text for array in texts for text in array if isinstance(text, str) and not text.isascii()}
        found = choose([text.encode(_BYTES) for text in distinct], self._declared, self._given)
        if distinct and found not in (self._given, self._declared):
            self.notes = [_note(found, self._declared)]

        def decode(text: str) -> str:
            return text if text.isascii() else text.encode(_BYTES).decode(found)

        return decode


def choose(texts: Iterable[bytes], declared: str | None, given: str | None = None) -> str:
    """The first encoding that fits all texts: the given one, or the declared, UTF-8, the platform's, cp1252.

    What is valid UTF-8 is practically never anything else, so a West European declaration, which fits
    nearly everything, gives way to it.

    Raises:
        PointsError: none fits, or there is none of the given name.
    """
    texts = list(texts)
    if given is not None:
        _check_known(given)
        tried = [given]
    else:
        tried = [name for name in (declared, "UTF-8", locale.getencoding(), "cp1252") if name is not None]
        if texts and declared is not None and _codec(declared) in _WEST_EUROPEAN:
            tried.insert(0, "UTF-8")
    for encoding in tried:
        if all(_fits(text, encoding) for text in texts):
            return encoding
    raise PointsError(
        f"its text is not in {' or '.join(dict.fromkeys(tried))}; name its encoding by --encoding"
    )


@contextmanager
def readable(path: Path, given: str | None = None) -> Iterator[tuple[Path, Decoder]]:
    """The file in a form that readers take, and what decodes the texts they find.

    A text file that is not UTF-8 is read from a copy that is. From any other file, the reader hands out bytes
    where it cannot be left to itself.

    Raises:
        PointsError: no encoding fits.
    """
    if given is not None:
        _check_known(given)
    suffix = path.suffix.lower()
    if not path.is_file() or suffix not in _TEXT_FILES | _DBF_FILES:
        # Other formats prescribe UTF-8; a reader that finds anything else says so.
        yield path, Decoder("UTF-8", given)
    elif suffix in _DBF_FILES:
        declared, trusted = _code_page(path)
        yield path, Decoder(declared, given, active=given is not None or not trusted)
    else:
        found = _text_encoding(path, given)
        decoder = Decoder("UTF-8", given, is_text=True)
        if found not in ("UTF-8", "UTF-16", given):
            decoder.notes = [_note(found, "UTF-8")]
        if _codec(found) == "utf-8":
            yield path, decoder
            return
        with tempfile.TemporaryDirectory() as folder:
            yield _copy(path, Path(folder), found), decoder


def _note(found: str, declared: str | None) -> str:
    reason = (
        "names no encoding" if declared is None else f"holds text that is not {declared}, as it should be"
    )
    return f"{reason}; it is read as {found} (--encoding names another)"


def _check_known(encoding: str) -> None:
    if _codec(encoding) is None:
        raise PointsError(f"--encoding {encoding!r} is no encoding: give one like cp1252, utf-8 or shift_jis")


def _codec(encoding: str) -> str | None:
    """The codec's own name, None if there is none for text."""
    try:
        codec = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        return None
    return codec.name


def _fits(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except (ValueError, LookupError):
        return False
    return True


def _text_encoding(path: Path, given: str | None) -> str:
    """What a file that is text as a whole is written in."""
    with path.open("rb") as file:
        marked = file.read(2) in _UTF16
    tried = ["UTF-16"] if marked else ["UTF-8", locale.getencoding(), "cp1252"]
    for encoding in tried if given is None else [given]:
        if _decodes(path, encoding):
            return encoding
    shown = given or " or ".join(dict.fromkeys(tried))
    raise PointsError(f"its text is not in {shown}; name its encoding by --encoding")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as file:
            while file.read(_CHUNK):
                pass
    except (ValueError, LookupError):
        return False
    return True


def _copy(path: Path, folder: Path, encoding: str) -> Path:
    """The file in UTF-8, in another folder, under its own name and with its companions."""
    copy = folder / path.name
    with (
        path.open(encoding=encoding, newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as file,
    ):
        shutil.copyfileobj(source, file, _CHUNK)
    for companion in (path.with_suffix(suffix) for suffix in _COMPANIONS):
        if companion.is_file():
            shutil.copyfile(companion, folder / companion.name)
    return copy


def _code_page(path: Path) -> tuple[str | None, bool]:
    """What a shapefile's ``.cpg`` or DBF header declares, and whether a reader can be trusted with it."""
    declared = next((f for f in (path.with_suffix(s) for s in (".cpg", ".CPG")) if f.is_file()), None)
    if declared is not None:
        name = declared.read_text("latin-1").strip()
        codec = _codec(name)
        if codec is not None:
            return name, codec not in _WEST_EUROPEAN
        if re.fullmatch(r"((ANSI|OEM|CP)?[ _-]?\d{3,5}|8859[-_]?\d+)", name, re.I):
            return name, True
    tables = (path.with_suffix(suffix) for suffix in (".dbf", ".DBF"))
    table = next((file for file in tables if file.is_file()), None)
    if table is None:
        return None, True
    with table.open("rb") as file:
        header = file.read(_LANGUAGE_DRIVER + 1)
    driver = header[_LANGUAGE_DRIVER] if len(header) > _LANGUAGE_DRIVER else 0
    return None, driver not in _NO_CODE_PAGE

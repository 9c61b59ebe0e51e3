"""Adapters as files from anywhere: damaged archives, hostile cards, links. Qt alone is needed, no window."""

import json
import os
import resource
import sys
import zipfile
from pathlib import Path

sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from resam_qgis import adapters

WORK = Path(os.environ["RESAM_TEST_WORK"])
GOOD = {
    "card.json": b'{"base": "nano", "base_sha256": "00", "status": "accepted"}',
    "adapter_config.json": b"{}",
    "adapter_model.safetensors": bytes(range(256)) * 40,
}


class Stage:
    """A fresh folder of adapters for each check."""

    def __init__(self) -> None:
        self.count = 0

    def fresh(self) -> None:
        self.count += 1
        self.folder = WORK / f"adapters {self.count}"
        self.folder.mkdir(parents=True)
        self.file = WORK / f"file {self.count}.resam-adapter"

    def close(self) -> None:
        pass

    def packed(self, content=None, method=zipfile.ZIP_DEFLATED) -> bytearray:
        with zipfile.ZipFile(self.file, "w", method) as archive:
            for name, data in (content or GOOD).items():
                archive.writestr(name, data)
        return bytearray(self.file.read_bytes())

    def refused(self) -> str:
        try:
            adapters.import_file(self.file, self.folder)
        except adapters.BadAdapter as problem:
            assert sorted(self.folder.iterdir()) == [], "nothing is left of it"
            return str(problem)
        raise AssertionError("it was taken for an adapter")


def check_what_is_packed_is_unpacked(stage):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stage.packed(method=method)
        folder = adapters.import_file(stage.file, stage.folder)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == GOOD


def check_adapters_of_several_classes_travel_in_one_file(stage):
    parts = {f"class-1/{name}": data for name, data in GOOD.items()}
    whole = {"card.json": b'{"base": "nano", "classes": {"roof": "class-1"}}', **parts}
    stage.packed(whole)
    folder = adapters.import_file(stage.file, stage.folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.relative_to(folder).as_posix(): path.read_bytes() for path in files} == whole
    adapters.remove(folder)
    stage.packed({name: data for name, data in whole.items() if name != "class-1/adapter_config.json"})
    assert "no adapter" in stage.refused()


def check_archives_damaged_in_any_packing_are_refused(stage):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        whole = stage.packed(method=method)
        for place in range(40, len(whole) // 2, 7):
            broken = bytearray(whole)
            broken[place : place + 3] = b"\xff\x00\xff"
            stage.file.write_bytes(broken)
            try:
                folder = adapters.import_file(stage.file, stage.folder)
            except adapters.BadAdapter:
                continue
            assert {path.name: path.read_bytes() for path in folder.iterdir()} == GOOD
            adapters.remove(folder)


def check_lzma_that_asks_for_more_memory_than_there_is_is_refused(stage):
    content = stage.packed(method=zipfile.ZIP_LZMA)
    place = content.index(b"card.json") + len(b"card.json")
    content[place + 5 : place + 9] = b"\xff\xff\xff\xff"  # the size of the dictionary
    stage.file.write_bytes(content)
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, before[1]))
    try:
        assert "no adapter" in stage.refused()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def check_names_in_no_encoding_are_refused(stage):
    content = stage.packed({**GOOD, "bad\u00e9.txt": b""})
    name = "bad\u00e9.txt".encode()
    stage.file.write_bytes(content.replace(name, b"bad\xff\xfe.txt"))
    assert "no adapter" in stage.refused()


def check_archives_that_reach_outside_or_hold_too_much_are_refused(stage):
    for name in ("../outside", "/outside", "C:outside", "a\\..\\..\\outside"):
        content = stage.packed({**GOOD, "x" * len(name): b""})
        stage.file.write_bytes(content.replace(b"x" * len(name), name.encode()))
        assert "no adapter" in stage.refused()
    content = stage.packed({**GOOD, "nameless": b""})
    stage.file.write_bytes(content.replace(b"nameless", b"\0ameless"))
    assert "no adapter" in stage.refused()
    stage.packed({**GOOD, **{f"{n}.txt": b"" for n in range(adapters.MOST_FILES)}})
    assert "no adapter" in stage.refused()
    stage.packed({**GOOD, "zeros": bytes(adapters.MOST_BYTES)})
    assert "no adapter" in stage.refused()


def check_archives_that_lack_a_file_or_whose_card_is_none_are_refused(stage):
    for name in GOOD:
        stage.packed({key: value for key, value in GOOD.items() if key != name})
        assert "no adapter" in stage.refused()
    for card in (b"[]", b"7", b"\xff\xfe", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b""):
        stage.packed({**GOOD, "card.json": card})
        assert "no adapter" in stage.refused()


def check_a_file_that_is_none_is_refused(stage):
    os.mkfifo(stage.file)
    assert "no adapter" in stage.refused()


def check_a_file_with_a_long_name_is_imported(stage):
    stage.file = WORK / ("é" * 110 + adapters.SUFFIX)
    stage.packed()
    folder = adapters.import_file(stage.file, stage.folder)
    assert len(folder.name.encode()) <= adapters.MOST_LETTERS
    assert adapters.listed(stage.folder)[0].base == "nano"


def check_one_bad_card_hides_no_other_adapter(stage):
    bad = [
        b"[]",
        b'"x"',
        b"\xff",
        b"{",
        b"[" * 100_000,
        b'{"a":' * 10_000,
        b'{"status": [], "base": {}}',
        b" " * (17 << 20),
    ]
    for number, card in enumerate(bad):
        (stage.folder / f"bad{number}").mkdir()
        (stage.folder / f"bad{number}" / "card.json").write_bytes(card)
    (stage.folder / "pipe").mkdir()
    os.mkfifo(stage.folder / "pipe" / "card.json")
    (stage.folder / "good").mkdir()
    (stage.folder / "good" / "card.json").write_bytes(GOOD["card.json"])
    found = adapters.listed(stage.folder)
    assert [item.folder.name for item in found] == ["good", "bad6"]
    assert [(item.base, item.status) for item in found] == [("nano", "accepted"), ("", "unproven")]
    assert all(len(item.title) < 200 for item in found)


def check_export_follows_no_links_and_leaves_hidden_work_out(stage):
    secret = WORK / "secret"
    secret.mkdir()
    (secret / "key").write_text("not yours")
    made = stage.folder / "made"
    made.mkdir()
    for name, data in GOOD.items():
        (made / name).write_bytes(data)
    (made / "link").symlink_to(secret / "key")
    (made / "folder").symlink_to(secret)
    (made / ".run").mkdir()
    (made / ".run" / "checkpoint.pt").write_bytes(b"1")
    (made / "report.html").write_text(json.dumps("report"))
    os.utime(made / "report.html", (0, 0))  # before the years that archives know
    adapters.export(made, stage.file)
    with zipfile.ZipFile(stage.file) as archive:
        assert sorted(archive.namelist()) == sorted([*GOOD, "report.html"])


def check_a_file_that_cannot_be_written_is_one_line(stage):
    made = stage.folder / "made"
    made.mkdir()
    (made / "card.json").write_text("{}")
    (made / os.fsdecode(b"\xff\xfe.txt")).write_text("a name in no encoding")
    for file in (stage.file, stage.folder / "none" / "a.resam-adapter"):
        try:
            adapters.export(made, file)
        except adapters.BadAdapter as problem:
            assert str(file) in str(problem)
        else:
            raise AssertionError("it was written")
        assert not file.exists()

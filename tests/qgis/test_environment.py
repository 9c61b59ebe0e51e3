"""The environment's builder: real environments from small hash-locked wheels, and all that can go wrong."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from resam_qgis import environment, interpreters
from resam_qgis.environment import Builder, Plan, Stopped
from resam_qgis.indexes import settings_of, uv_variables
from resam_qgis.interpreters import BuildError
from tests.qgis.building import run

ROOT = Path(__file__).resolve().parents[2]


def test_a_fresh_build_is_switched_to_when_it_has_been_tested(plan: Plan) -> None:
    assert environment.current(plan.home) is None
    told: list[tuple[int, int, str]] = []
    python = Builder(plan, run, lambda *step: told.append(step)).build()
    assert environment.current(plan.home) == python
    assert not environment.outdated(plan)
    assert [done for done, _, _ in told] == list(range(len(told)))
    assert run([str(python), "-c", "import our_torch, our_runtime, our_sam2"], {}, print)[0] == 0
    assert run([str(python), "-c", "import training"], {}, print)[0] != 0, "it would hide the plugin's own"


def test_a_file_that_is_not_the_checked_one_is_not_installed(plan: Plan) -> None:
    lock = plan.locks / "runtime.txt"
    lock.write_text(lock.read_text()[:-65] + "0" * 64 + "\n")
    with pytest.raises(BuildError, match="not the one that was checked"):
        Builder(plan, run).build()
    assert environment.current(plan.home) is None


def test_without_a_network_it_says_so(plan: Plan) -> None:
    def cut_off(
        command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
    ) -> tuple[int, str]:
        nowhere = {
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "0",
            "PIP_CONFIG_FILE": os.devnull,
        }
        return run(command, {**variables, **nowhere}, on_line)

    with pytest.raises(BuildError, match="network could not be reached"):
        Builder(replace(plan, wheels=None), cut_off).build()
    assert environment.current(plan.home) is None


def test_a_cancelled_build_goes_on_where_it_was(plan: Plan) -> None:
    seen: list[str] = []
    with pytest.raises(Stopped):
        Builder(plan, run, lambda done, total, text: seen.append(text), lambda: len(seen) >= 3).build()
    assert environment.current(plan.home) is None
    commands: list[str] = []

    def listening(command: Sequence[str], *rest: object) -> tuple[int, str]:
        commands.append(" ".join(command))
        return run(command, *rest)  # type: ignore[arg-type]

    Builder(plan, listening).build()
    assert not [command for command in commands if " -m venv " in command]
    assert environment.current(plan.home) is not None


def test_a_full_disk_is_told_and_the_old_environment_stays(plan: Plan) -> None:
    old = Builder(plan, run).build()
    lock = plan.locks / "runtime.txt"
    lock.write_text("# a newer version\n" + lock.read_text())

    def full(command: Sequence[str], *rest: object) -> tuple[int, str]:
        if "venv" in command:
            return 1, "OSError: [Errno 28] No space left on device: 'x'"
        return run(command, *rest)  # type: ignore[arg-type]

    with pytest.raises(BuildError, match="disk is full"):
        Builder(plan, full).build()
    assert environment.current(plan.home) == old


def test_too_little_room_is_told_before_anything_is_done(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(environment.ACCELERATORS, "cpu", 1e9)
    with pytest.raises(BuildError, match=r"GB are free and .* are needed"):
        Builder(plan, run).build()
    assert not list(plan.home.glob("env-*"))


def test_an_upgrade_replaces_the_environment_when_the_new_one_works(plan: Plan) -> None:
    old = Builder(plan, run).build()
    lock = plan.locks / "runtime.txt"
    lock.write_text("# a newer version\n" + lock.read_text())
    assert environment.outdated(plan)
    new = Builder(plan, run).build()
    assert new != old
    assert environment.current(plan.home) == new
    assert old.exists(), "something may still run in it"
    environment.tidy(plan.home)
    assert not old.exists()
    assert environment.current(plan.home) == new


def test_a_build_that_fails_its_test_is_not_switched_to(plan: Plan) -> None:
    old = Builder(plan, run).build()
    (plan.locks / "sam2.txt").write_text("# a newer version\n" + (plan.locks / "sam2.txt").read_text())
    (plan.bundle / "engine" / "selftest.py").write_text(
        "import sys; sys.exit('cuda is there but cannot compute')"
    )
    with pytest.raises(BuildError, match="cannot compute"):
        Builder(plan, run).build()
    assert environment.current(plan.home) == old
    (plan.bundle / "engine" / "selftest.py").write_text("")
    new = Builder(plan, run).build()
    assert environment.current(plan.home) == new != old


def test_a_damaged_mark_means_from_the_start(plan: Plan) -> None:
    Builder(plan, run).build()
    mark = next(plan.home.glob("env-*")) / environment.MARK
    mark.write_text("")
    assert Builder(plan, run).build().exists()


def test_a_place_that_cannot_be_written_is_told(plan: Plan) -> None:
    with pytest.raises(BuildError, match="cannot be written"):
        Builder(replace(plan, home=Path(os.devnull) / "home"), run).build()


def test_removing_leaves_adapters_and_settings(plan: Plan) -> None:
    Builder(plan, run).build()
    card = plan.home / "adapters" / "mine" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}")
    assert environment.remove(plan.home) == []
    assert environment.current(plan.home) is None
    assert card.exists()
    assert not list(plan.home.glob("env-*"))


def test_what_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env-1").mkdir()
    (tmp_path / environment.DOWNLOADS).mkdir()
    whole = shutil.rmtree
    monkeypatch.setattr(shutil, "rmtree", lambda path, **how: path.name == "env-1" or whole(path, **how))
    assert environment.remove(tmp_path) == [tmp_path / "env-1"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"folder": "env-1"}'])
def test_a_damaged_record_counts_as_none(plan: Plan, text: str) -> None:
    plan.home.mkdir(parents=True)
    (plan.home / environment.RECORD).write_text(text)
    assert environment.current(plan.home) is None
    assert not environment.outdated(plan)


def test_cuda_and_cpu_are_built_from_different_locks(plan: Plan) -> None:
    torch = [path.name for path, _ in replace(plan, accelerator="cuda").files]
    assert torch[0] == "torch-published.txt"
    assert plan.signature != replace(plan, accelerator="cuda").signature


def test_a_folder_with_torch_for_another_python_does_not_stand_for_the_index_of_cpu_builds(
    plan: Plan, tmp_path: Path
) -> None:
    asked: list[bool] = []

    def listening(
        command: Sequence[str], variables: Mapping[str, str], on_line: Callable[[str], None]
    ) -> tuple[int, str]:
        if str(plan.locks / "torch.txt") in command:
            asked.append("--torch-backend" in command)
            return 1, "enough"
        folders = {"PIP_FIND_LINKS": f"{plan.wheels} {tmp_path}", "PIP_CONFIG_FILE": os.devnull}
        return run(command, {**variables, **folders}, on_line)

    for tag in ("cp39", "cp{}{}".format(*sys.version_info)):
        (tmp_path / f"torch-1.0-{tag}-{tag}-any.whl").touch()
        with pytest.raises(BuildError, match="enough"):
            Builder(replace(plan, wheels=None), listening).build()
    assert asked == [True, False]


def test_pips_configuration_reaches_uv_and_the_users_variables_win() -> None:
    listing = "global.index-url='https://mirror.example/simple'\n:env:.find-links='/a /b /a'\n"
    listing += "global.cert='/ca.pem'\n"
    assert settings_of(listing)["find-links"] == ["/a", "/b"]
    found = uv_variables(listing, {"SSL_CERT_FILE": "/mine.pem"})
    assert found["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert found["UV_FIND_LINKS"] == "/a,/b"
    assert "SSL_CERT_FILE" not in found


@pytest.mark.timeout(900)
def test_the_shipped_locks_build_an_environment_that_segments(tmp_path: Path) -> None:
    """The real thing, from the real locks: about 2 GB on disk, and a prediction at the end."""
    home = tmp_path / "real home"
    plan = Plan(home, ROOT / "requirements", ROOT, "cpu", interpreters.choose(run))
    try:
        python = Builder(plan, run).build()
        assert environment.current(home) == python
    finally:
        environment.remove(home)

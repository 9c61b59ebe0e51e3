"""Models load by name or by file, and whatever is wrong with a file is one line."""

from __future__ import annotations

import dataclasses
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from engine.errors import ConfigError, EngineError, ModelError, WeightsError
from engine.models import registry, weights
from engine.models.device import resolve_device
from engine.models.families import ModelSpec, code_of
from engine.models.mobile_sam import build_mobile_sam
from engine.models.nano import save_nano
from engine.models.sam2 import build_sam2
from engine.models.weights import RemoteFile
from engine.models.weights_file import WeightsFile
from engine.schema import FAMILIES, Family
from tests.engine.model_helpers import CPU, random_tile, run_python, shallow_module
from tests.engine.nano_helpers import tiny_net

State = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return shallow_module().state_dict()


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, state: State) -> dict[str, WeightsFile]:
    """A file of each family, by the family's title."""
    folder = tmp_path_factory.mktemp("networks")
    net = tiny_net()
    save_nano(net, net.state_dict(), folder / "nano.safetensors", {})
    torch.save(state, folder / "sam.pth")
    torch.save({"model": build_sam2("sam2.1_hiera_t").state_dict()}, folder / "sam2.pt")
    torch.save(build_mobile_sam().state_dict(), folder / "mobile.pt")
    files = ("nano.safetensors", "sam.pth", "sam2.pt", "mobile.pt")
    return {family.title: WeightsFile(folder / file) for family, file in zip(FAMILIES, files, strict=True)}


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("RESAM_CACHE", str(tmp_path / "cache"))
    return weights.cache_dir()


class Evil:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.trace),)


def test_the_models_of_the_method_are_all_there() -> None:
    names = ["nano", "sam_vit_b", "sam_vit_l", "sam_vit_h"]
    names += [f"sam2.1_hiera_{size}" for size in ("t", "s", "b+", "l")] + ["mobile_sam"]
    assert list(registry.MODELS) == names


def test_every_official_file_has_its_address_its_hash_and_its_size() -> None:
    files = [spec.remote for spec in registry.MODELS.values() if spec.name != "nano"]
    assert {file.published.partition("//")[0] for file in files} == {"https:"}
    assert {len(bytes.fromhex(file.sha256)) for file in files} == {32}
    assert min(file.size for file in files) > 10_000_000
    for distinct in ("published", "name", "sha256", "size"):
        assert len({getattr(file, distinct) for file in files}) == len(files)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_a_family_recognises_its_own_networks_and_no_others(
    family: Family, networks: dict[str, WeightsFile]
) -> None:
    recognised = {title for title, file in networks.items() if code_of(family).recognises(file)}
    assert recognised == {family.title}


def test_the_registry_and_its_command_line_import_without_torch() -> None:
    code = (
        "import sys, engine.models.__main__ as m; m.main(['list']); print({'torch', 'peft'} & {*sys.modules})"
    )
    assert run_python(code).endswith("set()\n")


@pytest.fixture
def official(monkeypatch: pytest.MonkeyPatch, cache: Path, state: State) -> ModelSpec:
    """A registry whose sam_vit_b is a shallow network, already in the cache."""
    cache.mkdir(parents=True)
    path = cache / "official.pth"
    torch.save(state, path)
    remote = RemoteFile("https://example.org/x/official.pth", weights.file_sha256(path))
    spec = dataclasses.replace(registry.MODELS["sam_vit_b"], remote=remote)
    monkeypatch.setattr(registry, "MODELS", {"sam_vit_b": spec})
    return spec


def test_official_weights_load_by_name_with_their_published_hash(official: ModelSpec, state: State) -> None:
    loaded = registry.load("sam_vit_b", "cpu")
    assert loaded.sha256 == official.remote.sha256
    assert loaded.encode(random_tile(256)).features.shape == (1, 256, 16, 16)


def test_damaged_official_weights_are_never_read(official: ModelSpec, tmp_path: Path) -> None:
    torch.save(Evil(tmp_path / "trace"), official.path)
    with pytest.raises(WeightsError, match="not the published"):
        registry.load("sam_vit_b", "cpu")
    assert not (tmp_path / "trace").exists()


def test_weights_that_are_not_fetched_say_how_to(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"python -m engine.models fetch sam2.1_hiera_b\+$"):
        registry.load("sam2.1_hiera_b+", "cpu")


def test_a_weights_file_carries_the_hash_of_its_file(state: State, tmp_path: Path) -> None:
    path = tmp_path / "mine.pth"
    torch.save(state, path)
    assert registry.load(str(path), "cpu").sha256 == weights.file_sha256(path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_any_container_and_precision_gives_a_float32_network(
    state: State, tmp_path: Path, suffix: str, dtype: torch.dtype
) -> None:
    path = tmp_path / f"mine{suffix}"
    kept = {key: value.to(dtype) for key, value in state.items()}
    save_file(kept, path) if suffix == ".safetensors" else torch.save(kept, path)
    module = registry.load(str(path), "cpu").module
    assert {value.dtype for value in module.state_dict().values()} == {torch.float32}
    for key, value in module.state_dict().items():
        assert torch.equal(value, kept[key].float())


def test_a_file_of_any_family_is_recognised_and_loaded(networks: dict[str, WeightsFile]) -> None:
    names = {title: registry.load(str(file.path), "cpu").name for title, file in networks.items()}
    assert names == {
        "nano": "nano",
        "SAM": "sam_vit_32x2",
        "SAM 2.1": "sam2.1_hiera_t",
        "MobileSAM": "mobile_sam",
    }


@pytest.mark.parametrize("family", FAMILIES[1:], ids=lambda family: family.title)
def test_a_family_refuses_a_file_of_another_in_one_line(
    family: Family, networks: dict[str, WeightsFile]
) -> None:
    with pytest.raises(ModelError, match=f"nano.safetensors holds no {family.title}: its weights"):
        code_of(family).load(networks["nano"], CPU)


def test_a_weights_file_that_runs_code_is_refused_and_the_code_not_run(tmp_path: Path) -> None:
    path = tmp_path / "evil.pth"
    torch.save({"model": Evil(tmp_path / "trace")}, path)
    with pytest.raises(ModelError, match="holds code, which is never run"):
        registry.load(str(path), "cpu")
    assert not (tmp_path / "trace").exists()


def _truncate(path: Path, state: State) -> None:
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[:-5000])


def _drop(path: Path, state: State) -> None:
    torch.save({key: value for key, value in state.items() if key != "mask_decoder.iou_token.weight"}, path)


def _reshape(path: Path, state: State) -> None:
    torch.save(state | {"mask_decoder.iou_token.weight": torch.zeros(1, 8)}, path)


def _stretched(path: Path, state: State) -> None:
    """One number that is made to look like 10^12."""
    huge = torch.zeros(1).expand(10**6, 10**6)
    torch.save(state | {"image_encoder.neck.0.weight": huge}, path)


def _compressed(path: Path, state: State) -> None:
    torch.save(state, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {"archive/data/99": bytes(10**7)}).items():
            archive.writestr(name, data)


def _oddly_shaped(path: Path, state: State) -> None:
    torch.save(state | {"image_encoder.blocks.0.attn.rel_pos_h": torch.zeros(3, 0)}, path)


BROKEN = {
    "stretched.pth": (_stretched, "weights that are not there in full"),
    "compressed.pth": (_compressed, "compressed archive"),
    "zero.pth": (_oddly_shaped, "does not hold the network"),
    "flat.pth": (
        lambda path, state: torch.save(
            state | {"image_encoder.blocks.0.attn.rel_pos_h": torch.zeros(3, 3, 3)}, path
        ),
        "does not hold the network",
    ),
    "sparse.pth": (
        lambda path, state: torch.save(state | {"x": torch.zeros(3, 3).to_sparse()}, path),
        "not there in full",
    ),
    "meta.pth": (
        lambda path, state: torch.save(state | {"x": torch.zeros(3, device="meta")}, path),
        "not there in full",
    ),
    "empty.pth": (lambda path, state: path.touch(), "damaged"),
    "text.pth": (lambda path, state: path.write_text("no weights\n" * 99), "damaged"),
    "zeros.pt": (lambda path, state: path.write_bytes(bytes(1000)), "damaged"),
    "truncated.pth": (_truncate, "damaged"),
    "text.safetensors": (lambda path, state: path.write_text("{}" * 50), "not a readable safetensors file"),
    "empty.safetensors": (lambda path, state: path.touch(), "not a readable safetensors file"),
    "tensor.pth": (lambda path, state: torch.save(torch.zeros(3), path), "holds no network weights"),
    "nothing.pth": (lambda path, state: torch.save({}, path), "holds no network weights"),
    "optimizer.pth": (lambda path, state: torch.save({"step": 3}, path), "holds no network weights"),
    "resnet.pth": (
        lambda path, state: torch.save({"fc": torch.zeros(3)}, path),
        "holds no nano, SAM, SAM 2.1 or MobileSAM",
    ),
    "missing.pth": (_drop, r"1 weights missing, 0 unknown \(the first is mask_decoder.iou_token.weight\)"),
    "reshaped.pth": (_reshape, "the shape of some weights differs"),
    "more.pth": (
        lambda path, state: torch.save(state | {"x": torch.zeros(1)}, path),
        "0 weights missing, 1 unk",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_line_that_names_the_trouble(name: str, state: State, tmp_path: Path) -> None:
    make, message = BROKEN[name]
    make(tmp_path / name, state)
    with pytest.raises(ModelError, match=message) as caught:
        registry.load(str(tmp_path / name), "cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("sam_vit_bb", "did you mean sam_vit_b?"),
        ("resnet50", "choose one of nano, sam_vit_b"),
        ("/no/such/file.pth", "no model or file is called '/no/such/file.pth'"),
        (".", "is a folder"),
    ],
)
def test_an_unknown_name_says_what_there_is(asked: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        registry.load(asked, "cpu")
    assert message in str(caught.value)


def test_a_model_is_described_without_fetching_it() -> None:
    info = registry.describe("sam_vit_b")
    assert (info.parameters, info.image_size, info.mask_size) == (93_735_472, 1024, 256)
    assert (info.adapted_layer, info.adapted_layers, info.present) == ("qkv", 12, False)


def test_a_weights_file_is_described_from_its_file(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "mine.pth")
    info = registry.describe(str(tmp_path / "mine.pth"))
    assert (info.name, info.image_size, info.adapted_layers) == ("sam_vit_32x2", 256, 2)
    assert (info.licence, info.present) == ("unknown", True)
    assert info.sha256 == weights.file_sha256(tmp_path / "mine.pth")


def test_auto_takes_the_best_device_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, best in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda answer=cuda: answer)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda answer=mps: answer)
        assert resolve_device("auto").type == best


@pytest.mark.parametrize(
    "wanted", ["gpu", "cuda:x", "cpu:1", "", "auto:0", "cpu:", "auto:", "cuda:", "cuda:01", "cuda:\u0663"]
)
def test_an_unknown_device_says_what_there_is(wanted: str) -> None:
    with pytest.raises(ConfigError, match="choose one of auto, cpu, cuda, mps"):
        resolve_device(wanted)


@pytest.mark.parametrize(
    ("wanted", "build", "available", "message"),
    [
        ("cuda", None, False, "needs a CUDA build of torch"),
        ("cuda", "12.8", False, "finds no usable GPU or driver"),
        ("cuda:3", "12.8", True, "'cuda:3' does not exist: this machine has 1"),
        ("mps", None, False, "needs macOS on Apple silicon"),
    ],
)
def test_a_device_that_is_not_there_is_never_replaced_in_silence(
    monkeypatch: pytest.MonkeyPatch, wanted: str, build: str | None, available: bool, message: str
) -> None:
    monkeypatch.setattr(torch.version, "cuda", build)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(available))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(EngineError, match=message):
        resolve_device(wanted)


def test_a_numbered_gpu_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device("cuda:1") == torch.device("cuda", 1)

"""What adapters belong to: the network, whatever else its file says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.calibration import Calibration, Calibrations
from engine.errors import ModelError
from engine.models import registry
from engine.models.families import BUNDLED
from engine.models.identity import FIRST_NANO, FORMER, made_for, network_hash
from engine.models.lora import LoraSpec, add_adapter, load_adapter, save_adapter
from engine.models.nano import load_nano, save_nano
from engine.models.weights import file_sha256
from engine.models.weights_file import read_metadata
from engine.serving.embeddings import CachedEncoder
from tests.engine.model_helpers import CPU, random_tile
from tests.engine.nano_helpers import TINY, tiny_net
from training.nano.recipe import FIRST

HALF = Calibration((0.0, 1.0, 0.0, 0.0), (0.0, 1.0), (0.0, 0.5))
HALVED = Calibrations(HALF, HALF, HALF)


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    net = tiny_net()
    save_nano(net, net.state_dict(), tmp_path / "plain.safetensors", {"steps": 1})
    return tmp_path / "plain.safetensors"


@pytest.fixture
def calibrated(tmp_path: Path) -> Path:
    """The same network in a file with another card and a calibration."""
    net = tiny_net()
    save_nano(net, net.state_dict(), tmp_path / "calibrated.safetensors", {"steps": 2}, HALVED)
    return tmp_path / "calibrated.safetensors"


def test_a_calibration_makes_another_file_of_the_same_network(plain: Path, calibrated: Path) -> None:
    one, other = (load_nano(path, CPU) for path in (plain, calibrated))
    assert one.sha256 != other.sha256
    assert one.base_sha256 == other.base_sha256 == other.for_training().base_sha256


def test_one_changed_weight_makes_another_network(plain: Path) -> None:
    before = load_nano(plain, CPU).base_sha256
    net = load_nano(plain, CPU).module
    with torch.no_grad():
        next(net.parameters()).view(-1)[0] += 1
    save_nano(net, net.state_dict(), plain, {"steps": 1})
    assert load_nano(plain, CPU).base_sha256 != before


def test_the_hash_covers_names_shapes_types_and_sizes() -> None:
    tensor = torch.zeros(2, 3)
    hashes = {
        network_hash({"a": tensor}, {}),
        network_hash({"b": tensor}, {}),
        network_hash({"a": tensor.T}, {}),
        network_hash({"a": tensor.int()}, {}),
        network_hash({"a": tensor}, {"smoothing": 1.5}),
        network_hash({"a": tensor, "b": tensor}, {}),
    }
    assert len(hashes) == 6
    other = torch.ones(1)
    assert network_hash({"a": tensor, "b": other}, {}) == network_hash({"b": other, "a": tensor}, {})


def test_half_precision_of_every_kind_can_be_hashed() -> None:
    kinds = (torch.float16, torch.bfloat16, torch.float32)
    assert len({network_hash({"a": torch.ones((), dtype=kind)}, {}) for kind in kinds}) == 3


def test_a_field_that_files_did_not_have_yet_changes_nothing() -> None:
    assert replace(TINY, smoothing=0.0).differences() == TINY.differences()
    assert replace(TINY, rounds=2).differences() == TINY.differences() | {"rounds": 2}


@pytest.mark.parametrize("turned", [False, True])
def test_an_adapter_fits_the_network_with_another_calibration(
    plain: Path, calibrated: Path, tmp_path: Path, turned: bool
) -> None:
    made_on, used_on = (calibrated, plain) if turned else (plain, calibrated)
    trained = registry.load(str(made_on), "cpu")
    add_adapter(trained, LoraSpec(2), 0)
    save_adapter(trained, tmp_path / "adapter", {"base_sha256": trained.base_sha256})
    assert registry.load(str(used_on), "cpu", tmp_path / "adapter").adapted


def test_an_adapter_that_names_the_hash_of_its_file_still_fits_that_file(
    plain: Path, calibrated: Path, tmp_path: Path
) -> None:
    trained = registry.load(str(plain), "cpu")
    add_adapter(trained, LoraSpec(2), 0)
    save_adapter(trained, tmp_path / "adapter", {"base_sha256": file_sha256(plain)})
    load_adapter(registry.load(str(plain), "cpu"), tmp_path / "adapter")
    with pytest.raises(ModelError, match="was trained on weights"):
        load_adapter(registry.load(str(calibrated), "cpu"), tmp_path / "adapter")


def test_adapters_fit_the_bundled_network_that_they_were_made_for_alone() -> None:
    first, bundled = load_nano(FIRST, CPU), load_nano(None, CPU)
    assert set(FORMER.values()) == {first.base_sha256} == {FIRST_NANO}
    assert all(made_for(recorded, first) for recorded in (*FORMER, first.base_sha256, first.sha256))
    assert not any(made_for(recorded, bundled) for recorded in (*FORMER, first.base_sha256, "0" * 64))
    assert all(made_for(recorded, bundled) for recorded in (bundled.base_sha256, bundled.sha256))


@pytest.mark.parametrize("path", [FIRST, BUNDLED])
def test_the_hash_of_a_file_is_that_of_its_tensors_and_its_options(path: Path) -> None:
    stored = load_nano(path, CPU)
    assert "format" in read_metadata(path)
    assert network_hash(load_file(path), stored.module.shape.differences()) == stored.base_sha256


def test_embeddings_are_the_same_whatever_the_calibration(plain: Path, calibrated: Path) -> None:
    tile = random_tile(512)
    keys = {CachedEncoder(load_nano(path, CPU)).key(tile) for path in (plain, calibrated)}
    assert len(keys) == 1

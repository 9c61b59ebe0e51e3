"""MobileSAM's encoder gives what its authors' own gives, under the names of the published file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.models import registry
from engine.models.base import Segmenter
from engine.models.lora import LoraSpec, adapter_parameters, add_adapter, load_adapter, save_adapter
from engine.models.mobile_sam import CLASSIFIER, IMAGE_SIZE, TinyVit, _cut, _joined, build_mobile_sam, load
from engine.models.sam import SamSegmenter
from engine.models.tensors import image_batch
from engine.models.weights_file import WeightsFile
from tests.engine.model_helpers import (
    CPU,
    mobile_segmenter,
    points,
    random_tile,
    shallow_module,
    with_random_norms,
)

PUBLISHED = registry.MODELS["mobile_sam"].remote
CLICKS = [[(100.25, 40.5, 1), (30.0, 200.0, 0)], [(7.5, 9.5, 1)]]


def stand_in_timm(patch: pytest.MonkeyPatch) -> None:
    """The four helpers that the authors' file takes from timm, which needs torchvision."""
    layers, registering = ModuleType("timm.models.layers"), ModuleType("timm.models.registry")
    layers.__dict__.update(
        DropPath=nn.Identity, to_2tuple=lambda side: (side, side), trunc_normal_=nn.init.trunc_normal_
    )
    registering.__dict__.update(register_model=lambda builder: builder)
    for module in (ModuleType("timm"), ModuleType("timm.models"), layers, registering):
        patch.setitem(sys.modules, module.__name__, module)


@pytest.fixture(scope="module")
def authors() -> nn.Module:
    """The authors' encoder with random weights and statistics, by the numbers of their ``build_sam``."""
    package = importlib.util.find_spec("mobile_sam")
    assert package is not None
    assert package.submodule_search_locations is not None
    file = Path(package.submodule_search_locations[0], "modeling", "tiny_vit_sam.py")
    spec = importlib.util.spec_from_file_location("authors_tiny_vit", file)
    assert spec is not None
    assert spec.loader is not None
    source = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        stand_in_timm(patch)
        spec.loader.exec_module(source)
    torch.manual_seed(0)
    encoder = source.TinyViT(
        img_size=1024,
        embed_dims=[64, 128, 160, 320],
        depths=[2, 2, 6, 2],
        num_heads=[2, 4, 5, 10],
        window_sizes=[7, 7, 14, 7],
        drop_path_rate=0.0,
    )
    return with_random_norms(encoder)


@pytest.fixture(scope="module")
def published(authors: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the authors saved theirs: a whole Sam, with the classifier that it never uses."""
    torch.manual_seed(1)
    state = build_mobile_sam().state_dict()
    state |= {f"image_encoder.{name}": value for name, value in authors.state_dict().items()}
    path = tmp_path_factory.mktemp("published") / "any_name.pt"
    torch.save(state, path)
    return path


def used(state: dict[str, Tensor]) -> set[str]:
    return {name for name in state if not f"image_encoder.{name}".startswith(CLASSIFIER)}


def test_weights_go_by_the_names_of_the_authors(authors: nn.Module) -> None:
    ours, theirs = TinyVit().state_dict(), authors.state_dict()
    assert set(ours) == used(theirs)
    assert {name: value.shape for name, value in ours.items()} == {name: theirs[name].shape for name in ours}


def test_a_file_of_these_weights_is_as_large_as_the_published_one(published: Path) -> None:
    """Within the few bytes that versions of torch write about each tensor."""
    assert published.stat().st_size == pytest.approx(PUBLISHED.size, rel=1e-3)


def test_a_file_of_the_authors_is_recognised_and_embeds_as_their_network(
    published: Path, authors: nn.Module
) -> None:
    loaded = registry.load(str(published), "cpu")
    assert (loaded.name, loaded.image_size, loaded.mask_size) == ("mobile_sam", 1024, 256)
    tile = random_tile(IMAGE_SIZE)
    with torch.inference_mode():
        theirs = authors(loaded.module.preprocess(image_batch(tile, IMAGE_SIZE, CPU)))
    assert theirs.std() > 0.1
    torch.testing.assert_close(loaded.encode(tile).features, theirs, rtol=0, atol=1e-4)


def test_the_model_keeps_the_protocol() -> None:
    model = mobile_segmenter()
    assert isinstance(model, Segmenter)
    embedding = model.encode(random_tile(256))
    assert embedding.features.shape == (1, 256, 16, 16)
    three, one = (model.decode(embedding, points(*CLICKS), multimask) for multimask in (True, False))
    assert (three.logits.shape, three.iou.shape) == ((2, 3, 64, 64), (2, 3))
    assert (one.logits.shape, one.iou.shape) == ((2, 1, 64, 64), (2, 1))


@pytest.mark.parametrize(("height", "width", "side"), [(14, 14, 7), (16, 16, 7), (3, 20, 14), (1, 1, 7)])
def test_windows_put_together_again_are_what_was_cut(height: int, width: int, side: int) -> None:
    x = torch.randn(2, height, width, 3)
    windows = _cut(x, side)
    assert windows.shape[1:] == (side**2, 3)
    assert torch.equal(_joined(windows, side, height, width), x)


def test_no_batch_norm_follows_its_input_even_in_training_mode() -> None:
    module = mobile_segmenter().module
    module.train()
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    before = [layer.running_mean.clone() for layer in norms]
    module.image_encoder(torch.randn(1, 3, 256, 256))
    assert len(norms) == 27
    assert not any(layer.training for layer in norms)
    assert all(torch.equal(layer.running_mean, mean) for layer, mean in zip(norms, before, strict=True))


def test_an_adapter_on_every_kind_of_layer_comes_back_from_its_folder(tmp_path: Path) -> None:
    tile, spec = random_tile(256), LoraSpec(2, None, ("qkv", "proj", "mlp", "conv"))
    one, other = mobile_segmenter(), mobile_segmenter()
    plain = one.encode(tile).features
    add_adapter(one, spec, seed=0)
    for _, parameter in adapter_parameters(one):
        nn.init.normal_(parameter, std=0.05)
    save_adapter(one, tmp_path / "adapter", {"base_sha256": one.sha256})
    load_adapter(other, tmp_path / "adapter")
    assert other.adapted
    assert torch.equal(other.encode(tile).features, one.encode(tile).features)
    assert not torch.allclose(other.encode(tile).features, plain)


def test_a_file_of_another_size_is_refused(published: Path, tmp_path: Path) -> None:
    state = torch.load(published, weights_only=True)
    state["image_encoder.patch_embed.seq.0.c.weight"] = torch.zeros(48, 3, 3, 3)
    torch.save(state, tmp_path / "larger.pt")
    with pytest.raises(ModelError, match="does not fit mobile_sam: the shape of some weights differs"):
        registry.load(str(tmp_path / "larger.pt"), "cpu")


def test_a_file_of_another_family_is_refused(tmp_path: Path) -> None:
    torch.save(shallow_module().state_dict(), tmp_path / "sam.pth")
    with pytest.raises(ModelError, match="holds no MobileSAM"):
        load(WeightsFile(tmp_path / "sam.pth"), CPU)


def test_it_is_described_without_its_file() -> None:
    info = registry.describe("mobile_sam")
    assert (info.parameters, info.image_size, info.mask_size) == (9_808_452, 1024, 256)
    assert (info.adapted_layers, info.sha256, info.licence) == (10, PUBLISHED.sha256, "Apache-2.0")


def test_the_prompts_and_the_decoder_are_sams() -> None:
    mine, sam = mobile_segmenter().module, shallow_module()
    assert isinstance(mobile_segmenter(), SamSegmenter)
    for part in ("prompt_encoder", "mask_decoder"):
        ours, theirs = getattr(mine, part).state_dict(), getattr(sam, part).state_dict()
        assert {name: value.shape for name, value in ours.items()} == {
            name: value.shape for name, value in theirs.items()
        }

"""The embedded model behind the Segmenter protocol: loads the bundled weights, answers prompts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.calibration import Calibrations
from engine.errors import ModelError, WeightsError
from engine.files import parse_object
from engine.models.base import Decoded, Embedding, PromptBatch
from engine.models.families import BUNDLED, ModelSpec
from engine.models.identity import network_hash
from engine.models.lora import carries_adapter
from engine.models.nano_net import PATCH, NanoArchitecture, NanoNet
from engine.models.nano_parts import OUTSIDE, parts, place, reaches_border, squares
from engine.models.precision import SINGLE, embedded
from engine.models.tensors import PADDING, answer_alike, image_batch
from engine.models.weights_file import CARD, WeightsFile, holds_merged, write_state

FORMAT, CALIBRATIONS = "resam-nano", "calibrations"
"""What the header of a file says of its format, and its note that holds the calibrations of its scores."""
LOCAL_SIDES = (128, 256)
"""Sides, in pixels, of the part of a tile that a prompt is answered on, smallest first: the sizes of training
crops, at a sixteenth and a quarter of the work. A mask that reaches the border of its part is answered
again on the next."""
CLOSE_SIDE = 128
"""Side of a picture that shows one object from close by: the smallest that the encoder takes."""
TRAINING_SIDE = 256
"""Side of the tiles on which adapters are trained."""
MASKS = 4
"""Of every prompt: the single one, and three to choose from."""
WHOLE_BATCH = 8
"""Prompts answered on the whole tile at once, which bounds memory: each needs some 15 MB."""
GRAIN, MOST_SIDE, MOST_BLOCKS, MOST_SMOOTHING = 128, 2048, 64, 16.0
"""Tiles are of a multiple of the first, in pixels. The others are the most that a file may ask for: pixels a
side or channels of a layer, blocks of a stage, pixels of smoothing."""
TRAINED_POINTS = 5
"""Training pads every prompt to this many points; so must answers."""


class NanoSegmenter:
    """A NanoNet on its device; see :class:`engine.models.base.Segmenter`."""

    def __init__(
        self,
        module: NanoNet,
        name: str,
        sha256: str,
        device: torch.device,
        image_size: int | None = None,
        calibrations: Calibrations | None = None,
        merged: bool = False,
        base_sha256: str | None = None,
    ) -> None:
        """
        Args:
            image_size: gives smaller tiles than the network's own: a multiple of 128 pixels.
            calibrations: from what the network says of its masks to the score that is reported.
            merged: an adapter is part of the weights.
            base_sha256: hash of the network where that of its file is another.
        """
        self.module = module.to(device).eval()
        self._merged = merged
        self.name = name
        self.sha256, self.base_sha256 = sha256, base_sha256 or sha256
        self.device = device
        self.precision = SINGLE
        self.image_size = image_size or module.shape.image_size
        self.calibrations = calibrations
        self.close_side = CLOSE_SIDE
        self.mask_size = self.image_size // module.shape.mask_stride

    @property
    def adapted(self) -> bool:
        """Whether an adapter is on the network, or merged into it."""
        return self._merged or carries_adapter(self.module)

    @property
    def rounds(self) -> int:
        """How often clicks are answered: in a second round the decoder sees its first mask."""
        return self.module.shape.rounds

    def encode(self, image: np.ndarray) -> Embedding:
        """Embed one (S, S, 3) uint8 RGB tile. ModelError if its shape or type differ."""
        return embedded(self, image_batch(image, self.image_size, self.device))

    def decode(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts: three masks each if ``multimask``, else one.

        Each is answered on the smallest part of the tile (:data:`LOCAL_SIDES`) that holds its likeliest
        mask, or else on the whole tile.
        """
        with torch.inference_mode():
            nearest = partial(self._nearest, embedding.to(self.device), _choice(multimask))
            return _alike(nearest, prompts.to(self.device))

    def decode_parts(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """As :meth:`decode`, on parts and in one round alone; see :class:`engine.models.base.PartAnswers`."""
        with torch.inference_mode():
            chosen = _choice(multimask)
            nearest = partial(self._nearest, embedding.to(self.device), chosen, outgrown=False, most=1)
            return _alike(nearest, prompts.to(self.device))

    def decode_close(self, images: np.ndarray, prompts: PromptBatch) -> Decoded:
        """Answer K small pictures, one prompt on each; see :class:`engine.models.base.ClosePictures`."""
        with torch.inference_mode():
            pixels = torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2).float()
            embedding, asked = embedded(self, pixels), prompts.to(self.device)
            if asked.labels.shape[1] <= TRAINED_POINTS:
                return self._each(embedding, _padded(asked))
            rows = torch.arange(len(asked), device=self.device).split(1)
            alone = [_alike(partial(self._each, embedding.rows(row)), asked.rows(row)) for row in rows]
            return Decoded(torch.cat([one.logits for one in alone]), torch.cat([one.iou for one in alone]))

    def _each(self, embedding: Embedding, prompts: PromptBatch) -> Decoded:
        """Answer prompts, each on a picture of its own, with the single mask."""
        owners = torch.arange(len(prompts), device=self.device)
        logits, iou, _ = self.module.decode(embedding, prompts, owners)
        return Decoded(logits[:, :1].float(), iou[:, :1].float())

    def for_training(self) -> NanoSegmenter:
        """The same network on tiles as large as its training crops were, at a quarter of the work."""
        side = min(TRAINING_SIDE, self.image_size)
        alike = NanoSegmenter(
            self.module,
            self.name,
            self.sha256,
            self.device,
            side,
            self.calibrations,
            self._merged,
            self.base_sha256,
        )
        alike.precision = self.precision
        return alike

    def embed(self, images: Tensor) -> Embedding:
        """Embed (B, 3, H, W) float RGB in 0..255, with gradient."""
        return self.module.encode(images)

    def answer(self, embedding: Embedding, prompts: PromptBatch, multimask: bool) -> Decoded:
        """Answer K prompts on one tile's embedding, on the whole tile, with gradient.

        A part alone would leave an object that outgrows it without a gradient to grow by.
        """
        whole = partial(self._whole, embedding.to(self.device), _choice(multimask))
        return _alike(whole, prompts.to(self.device))

    def _whole(self, embedding: Embedding, chosen: slice, prompts: PromptBatch) -> Decoded:
        logits, iou, _ = self.module.decode(embedding, prompts)
        return Decoded(logits[:, chosen], iou[:, chosen])

    def _nearest(
        self,
        embedding: Embedding,
        chosen: slice,
        prompts: PromptBatch,
        outgrown: bool = True,
        most: int | None = None,
    ) -> Decoded:
        """Answer prompts of one layout, each on the smallest part that holds its likeliest mask.

        Args:
            outgrown: masks that no part holds are answered on the whole tile; else they are empty.
            most: rounds of the decoder on a part at most; None takes all.
        """
        # In float32: under autocast it is the device that decides which layers give half, and which do not.
        asked = len(range(MASKS)[chosen])
        sizes = (len(prompts), asked, self.mask_size, self.mask_size)
        logits = torch.empty(sizes, dtype=torch.float32, device=self.device)
        iou = torch.empty(sizes[:2], dtype=torch.float32, device=self.device)
        pending = torch.ones(len(prompts), dtype=torch.bool, device=self.device)
        for side in LOCAL_SIDES:
            corners, fits = parts(prompts, self.image_size, side)
            rows = (pending & fits).nonzero().squeeze(1)
            if len(rows):
                found = self._answer_near(embedding, prompts.rows(rows), corners[rows], side, most)
                near, near_iou = (one[:, chosen] for one in found)
                place(logits, rows, near, (corners[rows] / self.module.shape.mask_stride).long())
                iou[rows] = near_iou.float()
                masks = near[torch.arange(len(rows)), near_iou.argmax(1)] > 0
                pending[rows] = reaches_border(masks, corners[rows], self.image_size - side)
        if not outgrown:
            logits[pending], iou[pending] = OUTSIDE, 0.0
            return Decoded(logits, iou)
        for rows in pending.nonzero().squeeze(1).split(WHOLE_BATCH):
            if len(rows):
                whole = self._whole(embedding, chosen, prompts.rows(rows))
                logits[rows], iou[rows] = whole.logits.float(), whole.iou.float()
        return Decoded(logits, iou)

    def _answer_near(
        self, embedding: Embedding, prompts: PromptBatch, corners: Tensor, side: int, most: int | None
    ) -> tuple[Tensor, Tensor]:
        """Answer each prompt on the square of ``side`` pixels at its corner; logits are over that square."""
        cut = Embedding(
            squares(embedding.features, corners, PATCH, side),
            tuple(
                squares(level, corners, self.image_size // level.shape[-1], side)
                for level in embedding.high_res
            ),
        )
        stride = self.module.shape.mask_stride
        shifted = PromptBatch(
            prompts.coords - corners[:, None],
            prompts.labels,
            None if prompts.boxes is None else prompts.boxes - corners.repeat(1, 2),
            None if prompts.masks is None else squares(prompts.masks, corners, stride, side),
        )
        owners = torch.arange(len(corners), device=corners.device)
        logits, iou, _ = self.module.decode(cut, shifted, owners, corners, most)
        return logits, iou


def _choice(multimask: bool) -> slice:
    return slice(1, None) if multimask else slice(0, 1)


def _alike(answer: Callable[[PromptBatch], Decoded], prompts: PromptBatch) -> Decoded:
    """Answer prompts in the token layout of training, whatever other prompts share the batch."""
    if prompts.labels.shape[1] <= TRAINED_POINTS and len(prompts):
        return answer(_padded(prompts))
    return answer_alike(lambda part: answer(_padded(part)), prompts)


def _padded(prompts: PromptBatch) -> PromptBatch:
    """Give every prompt the token layout of training: enough points, and a box that may be NaN."""
    count, points = prompts.labels.shape
    missing = max(TRAINED_POINTS - points, 0)
    coords = torch.cat([prompts.coords, prompts.coords.new_zeros(count, missing, 2)], dim=1)
    labels = torch.cat([prompts.labels, prompts.labels.new_full((count, missing), PADDING)], dim=1)
    boxes = coords.new_full((count, 4), float("nan")) if prompts.boxes is None else prompts.boxes
    return PromptBatch(coords, labels, boxes, prompts.masks)


def save_nano(
    net: NanoNet,
    state: dict[str, Tensor],
    path: Path,
    card: dict[str, Any],
    calibrations: Calibrations | None = None,
) -> None:
    """Write ``state`` of ``net`` as fp16 safetensors with architecture, card and calibrations as metadata."""
    half = {key: value.detach().to("cpu", torch.float16) for key, value in state.items()}
    metadata = {"format": FORMAT, "architecture": json.dumps(asdict(net.shape)), CARD: json.dumps(card)}
    if calibrations is not None:
        metadata[CALIBRATIONS] = json.dumps(asdict(calibrations))
    write_state(path, half, metadata)


def recognises(file: WeightsFile) -> bool:
    """Whether :func:`save_nano` wrote a file."""
    return file.notes.get("format") == FORMAT


def load(file: WeightsFile, device: torch.device) -> NanoSegmenter:
    """Put a file's network on a device; see :func:`load_nano` for the errors."""
    return load_nano(file.path, device)


def sketch(spec: ModelSpec) -> NanoSegmenter:
    """The bundled model itself: its file is small, and always there."""
    return load_nano(spec.path, torch.device("cpu"))


def load_nano(path: Path | None, device: torch.device) -> NanoSegmenter:
    """Load the bundled model, or another file that :func:`save_nano` wrote.

    Raises:
        WeightsError: the file is missing or damaged.
        ModelError: it holds another kind of model.
    """
    path = path or BUNDLED
    if not path.is_file():
        raise WeightsError(
            f"{path}: no such weights file; reinstall this project to get the bundled model back"
        )
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path}: not a whole safetensors file ({error}); fetch or export it again"
        ) from error
    if metadata.get("format") != FORMAT:
        raise ModelError(f"{path}: not a nano model; give a file that training.pretrain exported")
    try:
        net = _built(
            _architecture(metadata["architecture"]), {key: value.float() for key, value in tensors.items()}
        )
        stated = metadata.get(CALIBRATIONS)
        calibrations = Calibrations.of(parse_object(stated)) if stated else None
    except (RuntimeError, KeyError, TypeError, ValueError, ArithmeticError, AssertionError) as error:
        raise ModelError(
            f"{path}: the weights do not fit what the file says of them; export it again"
        ) from error
    return NanoSegmenter(
        net,
        "nano",
        sha256(path.read_bytes()).hexdigest(),
        device,
        calibrations=calibrations,
        merged=holds_merged(metadata),
        base_sha256=network_hash(tensors, net.shape.differences()),
    )


def _built(architecture: NanoArchitecture, state: Mapping[str, Tensor]) -> NanoNet:
    """The network with its weights; little more is allocated than the file proved to hold."""
    # Not by torch's meta device, which would make every start a second longer: it loads sympy.
    if _least_numbers(architecture) > sum(value.numel() for value in state.values()):
        raise ValueError("the file holds fewer numbers than such a network has")
    net = NanoNet(architecture)
    if {key: value.shape for key, value in net.state_dict().items()} != {
        key: value.shape for key, value in state.items()
    }:
        raise ValueError("names or shapes differ")
    net.load_state_dict(state)
    return net


def _least_numbers(shape: NanoArchitecture) -> int:
    """What the large parts of a network hold, less than all of it."""
    blocks = sum(12 * depth * dim**2 for depth, dim in zip(shape.depths, shape.dims, strict=True))
    convolutions = 18 * (shape.stem_blocks * shape.stem[1] ** 2 + sum(dim**2 for dim in shape.fine))
    return blocks + convolutions + 9 * shape.fine2**2 + 32 * shape.prompt_dim**2


def _architecture(text: str) -> NanoArchitecture:
    """The numbers in a file's header; ValueError if one is beyond what any network of ours has."""
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in parse_object(text).items()
    }
    shape = NanoArchitecture(**fields)
    for key, usual in asdict(NanoArchitecture()).items():
        if not _in_range(getattr(shape, key), usual):
            raise ValueError(f"{key} is out of range")
    if shape.image_size < GRAIN or shape.image_size % GRAIN:
        raise ValueError(f"image_size is no multiple of {GRAIN}")
    if max(*shape.depths, shape.stem_blocks, shape.global_blocks, shape.rounds) > MOST_BLOCKS:
        raise ValueError("there are too many blocks or rounds")
    return shape


def _in_range(found: object, usual: object) -> bool:
    """Whether a number of a header has the type of the usual one, and a size that a network may have."""
    if isinstance(usual, tuple):
        return (
            isinstance(found, tuple)
            and len(found) == len(usual)
            and all(_in_range(one, of) for one, of in zip(found, usual, strict=True))
        )
    if isinstance(usual, float):
        return isinstance(found, int | float) and 0 <= found <= MOST_SMOOTHING
    return type(found) is type(usual) and 0 <= cast(int, found) <= MOST_SIDE

"""What all tasks of a benchmark share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigError


@dataclass(frozen=True)
class Setting:
    """What all tasks of a benchmark share.

    Attributes:
        data: where the images are; by its last part alone a later run is known to be of the same.
        weights: SHA-256 of the network, so that rows of earlier weights are never mixed in.
        protocol: ``A``, ``B`` (clicks on and off the object) or ``C`` (on it alone).
        engine: how many seeds to test also with refine and requery, and with zoom, the engine's default; they
            can be added to rows that are there.
        own_resolution: read images as the engine does, also where protocols B and C would make them smaller.
        only: the one class whose objects are clicked; None clicks all.
        device: where it is computed; rows of all devices belong together.
        work: folder of the rows, in which unfinished arms keep their state; None keeps none.
    """

    data: str
    model: str
    weights: str
    protocol: str
    steps: int
    train: int | None
    test: int | None
    engine: int
    precision: str
    own_resolution: bool = False
    only: str | None = None
    device: str = "cpu"
    work: Path | None = None

    def __post_init__(self) -> None:
        if self.protocol == "A" and (self.engine or self.own_resolution):
            raise ConfigError(
                "--protocol A shows images whole in a single pass: not with --engine or --own-resolution"
            )

    def identity(self) -> dict[str, Any]:
        """What rows of one folder have in common, whatever machine they were measured on."""
        found = {**asdict(self), "data": Path(self.data).name}
        for name in ("device", "work", "engine"):
            del found[name]
        if self.only is None:  # as folders say it that are older than the option
            del found["only"]
        return found

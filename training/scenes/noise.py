"""Periodic noise fields that every surface is grained with.

The fields come from a fixed seed and are made once per process, on first use (about a second and 60 MB).
Make them before forking workers, so that the workers share them. What a scene cuts from them, and at
what scale and angle, is the scene's own randomness.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

SIDE = 1024
_SEED = 20240607

# name -> exponent of the amplitude spectrum f**-exponent: larger is smoother.
_SPECTRA = {"white": 0.0, "fine": 0.5, "pink": 1.0, "cloud": 1.5, "smooth": 2.2}


def _frequency() -> tuple[np.ndarray, np.ndarray]:
    """Vertical and horizontal frequency of every rfft2 bin, in cycles per field."""
    vertical = np.fft.fftfreq(SIDE)[:, None] * SIDE
    horizontal = np.fft.rfftfreq(SIDE)[None, :] * SIDE
    return vertical, horizontal


def _standard(field: np.ndarray) -> np.ndarray:
    field = field - field.mean()
    return np.ascontiguousarray(field / field.std(), dtype=np.float32)


def _filtered(rng: np.random.Generator, gain: np.ndarray) -> np.ndarray:
    white = rng.standard_normal((SIDE, SIDE), dtype=np.float32)
    return _standard(np.fft.irfft2(np.fft.rfft2(white) * gain, s=(SIDE, SIDE)))


def _power_law(rng: np.random.Generator, exponent: float) -> np.ndarray:
    vertical, horizontal = _frequency()
    radius = np.hypot(vertical, horizontal)
    radius[0, 0] = 1.0
    gain = radius**-exponent
    gain[0, 0] = 0.0
    return _filtered(rng, gain)


def _waves(rng: np.random.Generator) -> np.ndarray:
    """Crests that run roughly across the field, about 12 pixels apart."""
    vertical, horizontal = _frequency()
    wavenumber = SIDE / 12
    gain = np.exp(-(((np.abs(vertical) - wavenumber) / (0.5 * wavenumber)) ** 2))
    return _filtered(rng, gain * np.exp(-((horizontal / (0.35 * wavenumber)) ** 2)))


def _band(rng: np.random.Generator, period: float) -> np.ndarray:
    """Blotches of one size, ``period`` pixels apart."""
    vertical, horizontal = _frequency()
    centre = SIDE / period
    radius = np.hypot(vertical, horizontal)
    return _filtered(rng, np.exp(-(((radius - centre) / (0.4 * centre)) ** 2)))


def _cells(rng: np.random.Generator, spacing: int) -> tuple[np.ndarray, np.ndarray]:
    """Voronoi cells: a random value per cell, and domes that fall off towards the cell borders."""
    count = (SIDE // spacing) ** 2
    seeds = rng.integers(0, SIDE, (count, 2))
    margin = SIDE // 8
    free = np.ones((SIDE + 2 * margin, SIDE + 2 * margin), np.uint8)
    for shift_y in (-SIDE, 0, SIDE):
        for shift_x in (-SIDE, 0, SIDE):
            at = seeds + margin + np.array([shift_y, shift_x])
            at = at[((at >= 0) & (at < free.shape[0])).all(axis=1)]
            free[at[:, 0], at[:, 1]] = 0
    distance, labels = cv2.distanceTransformWithLabels(
        free, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = rng.standard_normal(int(labels.max()) + 1)
    middle = slice(margin, margin + SIDE)
    return _standard(values[labels[middle, middle]]), _standard(-distance[middle, middle])


@cache
def bank() -> dict[str, np.ndarray]:
    """Every field by name: (SIDE, SIDE) float32, mean 0, standard deviation 1, periodic or nearly so."""
    rng = np.random.default_rng(_SEED)
    fields = {name: _power_law(rng, exponent) for name, exponent in _SPECTRA.items()}
    fields["waves"] = _waves(rng)
    fields["blotch"] = _band(rng, 24.0)
    fields["ridged"] = _standard(-np.abs(fields["cloud"]))
    fields["patchy"] = _standard((fields["smooth"] > 0.3).astype(np.float32) + 0.1 * fields["fine"])
    fields["specks"] = _standard(np.maximum(fields["fine"], 1.8))
    fields["slabs"], fields["crowns"] = _cells(rng, 24)
    fields["gravel"], fields["leaves"] = _cells(rng, 7)
    return fields


def sample(
    rng: np.random.Generator,
    kind: str,
    height: int,
    width: int,
    scale: float = 1.0,
    angle: float | None = None,
) -> np.ndarray:
    """Cut a (height, width) float32 patch from a field.

    ``scale`` enlarges the grain; ``angle`` (radians) turns it. At scale 1 and without an angle the patch
    is a view of the shared field: do not write to it.
    """
    field = bank()[kind]
    x, y = rng.uniform(0, SIDE, 2)
    if scale == 1.0 and angle is None and height <= SIDE and width <= SIDE:
        row = int(y * (SIDE - height) / SIDE)
        column = int(x * (SIDE - width) / SIDE)
        return field[row : row + height, column : column + width]
    turn = 0.0 if angle is None else angle
    cos, sin = np.cos(turn) / scale, np.sin(turn) / scale
    matrix = np.array([[cos, -sin, x], [sin, cos, y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(field, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_WRAP)

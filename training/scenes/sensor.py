"""What happens between the ground and the file: applied to the image only, masks stay exact."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.noise import sample


def optical(
    rng: np.random.Generator, planes: np.ndarray, haze: float | None = None, grey: bool = False
) -> np.ndarray:
    """A camera: (3, H, W) float32 in about 0..1 becomes (H, W, 3) uint8, with a random chain of flaws.

    ``haze`` in 0..1 fixes the veil, None draws it; ``grey`` forces a panchromatic image.
    """
    planes = _colour(rng, planes)
    if grey or rng.random() < 0.06:
        planes = np.tensordot(rng.dirichlet(np.ones(3)).astype(np.float32), planes, axes=1)[None]
    veil = haze if haze is not None else max(0.0, rng.normal(-0.12, 0.2))
    planes = _haze(rng, planes, veil) if veil > 0 else planes
    planes = _tone(rng, planes)
    image = cv2.merge([planes[0], planes[-1] if len(planes) == 1 else planes[1], planes[-1]])
    image = _noise(rng, _blur(rng, image))
    out = cv2.convertScaleAbs(np.maximum(image, 0, out=image), alpha=255)
    return _file(rng, out)


def _colour(rng: np.random.Generator, planes: np.ndarray) -> np.ndarray:
    draw = rng.random()
    if draw < 0.07:
        return _near_infrared(planes)
    if draw < 0.12:
        return planes[rng.permutation(3)]
    saturation = np.float32(np.clip(rng.normal(0.82, 0.22), 0.1, 1.3))
    cast = rng.normal(1.0, 0.06, 3).astype(np.float32)
    grey = planes.mean(axis=0) * (1 - saturation)
    planes = planes * saturation + grey
    planes *= cast[:, None, None]
    return planes


def _near_infrared(planes: np.ndarray) -> np.ndarray:
    """Colour infrared: plants shine red because they reflect near infrared."""
    red, green, blue = planes
    plants = np.maximum(2 * green - red - blue, 0)
    infrared = 0.8 * planes.mean(axis=0) + 2.2 * plants
    return np.stack([infrared, red, green])


def _haze(rng: np.random.Generator, planes: np.ndarray, veil: float) -> np.ndarray:
    size = planes.shape[1]
    thick = np.float32(veil) * (1 + np.float32(0.4) * sample(rng, "smooth", size, size, size / 256))
    thick = np.clip(thick, 0, 0.9)
    sky = np.array([0.75, 0.8, 0.85], np.float32)[: len(planes), None, None] * np.float32(
        rng.uniform(0.7, 1.15)
    )
    return planes + thick * (sky - planes)


def _tone(rng: np.random.Generator, planes: np.ndarray) -> np.ndarray:
    """Exposure towards a random mean, contrast and gamma: from dull to harsh, hardly ever clipped away."""
    few = planes[:, ::4, ::4]
    mean, spread = float(few.mean()), float(few.std())
    wanted = float(np.clip(mean * np.exp(rng.normal(0.0, 0.3)), 0.14, 0.68))
    # A scene of low contrast may be stretched a lot, one of high contrast must not be.
    contrast = float(np.clip(rng.normal(1.05, 0.25), 0.45, 0.30 / max(spread, 0.02)))
    gamma = float(np.exp(rng.normal(0.0, 0.2)))
    # A table is an order of magnitude faster than raising every pixel to a power.
    table = (np.linspace(0, 1.5, 1025) ** gamma).astype(np.float32) * np.float32(wanted ** (1 - gamma))
    scaled = planes * np.float32(contrast * wanted / max(mean, 0.02) * 1024 / 1.5)
    scaled += np.float32(wanted * (1 - contrast) * 1024 / 1.5)
    return table[np.clip(scaled, 0, 1024, out=scaled).astype(np.int16)]


def _blur(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    draw = rng.random()
    size = image.shape[0]
    if draw < 0.4:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.35, 0.8))
    if draw < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.8, 1.5))
    if draw < 0.62:
        small = max(16, int(size / rng.uniform(1.2, 2.3)))
        shrunk = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        return cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_CUBIC)
    if draw < 0.8:
        soft = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.6, 1.5))
        share = rng.uniform(0.3, 1.2)
        return cv2.addWeighted(image, 1 + share, soft, -share, 0)
    return image


def _noise(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    if rng.random() < 0.35:
        return image
    size = image.shape[0]
    level = float(np.exp(rng.uniform(np.log(0.003), np.log(0.04))))
    kind = str(rng.choice(["white", "white", "fine"]))
    if rng.random() < 0.4:
        grains = [sample(rng, kind, size, size) for _ in range(3)]
    else:
        grains = [sample(rng, kind, size, size)] * 3
    image += np.float32(level) * np.stack(grains, axis=2)
    return image


def _file(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Quantisation and JPEG."""
    draw = rng.random()
    if draw < 0.4:
        quality = int(rng.integers(35, 96))
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    if draw < 0.5:
        step = int(rng.integers(2, 9))
        return image // step * step
    return image


def radar(rng: np.random.Generator, planes: np.ndarray, metal: np.ndarray) -> np.ndarray:
    """A radar: speckle multiplies the backscatter; (H, W, 3) grey uint8 comes out.

    ``planes`` is (3, H, W) float32. ``metal`` (H, W) marks what reflects strongly. Bright targets smear
    into crosses, the side-lobes of the impulse response.
    """
    size = planes.shape[1]
    scatter = np.maximum(planes.mean(axis=0), 0.02) ** np.float32(rng.uniform(1.0, 2.0))
    scatter = scatter + metal * np.abs(1 + 0.5 * sample(rng, "fine", size, size)) * np.float32(
        rng.uniform(0.2, 1.5)
    )
    scatter = _side_lobes(rng, scatter)
    looks = float(np.exp(rng.uniform(0, np.log(30))))
    speckle = rng.standard_gamma(looks, (size, size), dtype=np.float32) / np.float32(looks)
    if rng.random() < 0.5:
        speckle = np.maximum(1 + 1.6 * (cv2.GaussianBlur(speckle, (0, 0), rng.uniform(0.5, 1.0)) - 1), 0.05)
    amplitude = np.sqrt(scatter * speckle)
    if rng.random() < 0.4:
        amplitude = np.log(np.maximum(amplitude, 0.03))
    low, high = np.percentile(amplitude[::4, ::4], [0.5, 99.7])
    high = low + (high - low) * rng.uniform(0.8, 1.4)
    grey = np.clip((amplitude - low) / max(high - low, 1e-6), 0, 1) ** np.float32(np.exp(rng.normal(0, 0.2)))
    return cv2.merge([cv2.convertScaleAbs(grey, alpha=255)] * 3)


def _side_lobes(rng: np.random.Generator, scatter: np.ndarray) -> np.ndarray:
    if rng.random() < 0.4:
        return scatter
    bright = np.where(scatter > np.percentile(scatter[::4, ::4], 98), scatter, 0).astype(np.float32)
    reach = int(rng.integers(5, 25)) * 2 + 1
    t = np.arange(reach) - reach // 2
    kernel = (np.sinc(t / rng.uniform(1.5, 3.0)) ** 2).astype(np.float32)
    kernel[reach // 2] = 0
    cross = cv2.filter2D(bright, -1, kernel[None, :]) + cv2.filter2D(bright, -1, kernel[:, None])
    return scatter + np.float32(rng.uniform(0.03, 0.25)) * cross


def side_looking_radar(
    rng: np.random.Generator, planes: np.ndarray, instances: np.ndarray, tall: np.ndarray
) -> np.ndarray:
    """A radar of one look, from the side: (H, W, 3) grey uint8.

    Speckle is as strong as it gets (the intensity is exponentially distributed). Objects that stand up have,
    on the side of the sensor, the left, a wall that lies over the ground and shines, and a shadow behind
    them. How bright an object is has little to do with its colour.

    Args:
        planes: (3, H, W) float32.
        instances: (H, W) which object each pixel shows, 0 for none.
        tall: (1 + objects,) bool which of them stand up; the first is the ground.
    """
    scatter = np.maximum(planes.mean(axis=0), 0.02)
    own = np.exp(rng.normal(0, 0.5, len(tall))).astype(np.float32)
    own[0] = 1
    scatter = scatter * own[instances]
    raised = tall[instances]
    height = int(rng.integers(3, 12))
    shadow = ~raised & _moved(raised, height)
    wall = ~raised & _moved(raised, -max(2, height // 2))
    scatter = np.where(wall, 4 * scatter, np.where(shadow, 0.08 * scatter, scatter))
    amplitude = np.sqrt(scatter * rng.standard_exponential(scatter.shape, dtype=np.float32))
    low, high = np.percentile(amplitude[::4, ::4], [0.5, 99.5])
    grey = np.clip((amplitude - low) / max(high - low, 1e-6), 0, 1)
    return cv2.merge([cv2.convertScaleAbs(grey, alpha=255)] * 3)


def _moved(mask: np.ndarray, columns: int) -> np.ndarray:
    """(H, W) bool moved to the right, or to the left if ``columns`` is negative; False comes in."""
    out = np.zeros_like(mask)
    if columns > 0:
        out[:, columns:] = mask[:, :-columns]
    else:
        out[:, :columns] = mask[:, -columns:]
    return out

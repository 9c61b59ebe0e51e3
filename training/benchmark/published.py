"""The figures that the ReSAM paper gives (arXiv 2511.21606, CVPR version), to stand beside measured ones.

IoU / F1 in percent with 1, 2 and 3 points, by set and method, SAM ViT-B and then SAM 2 Hiera-B+.
"""

from __future__ import annotations

from collections.abc import Mapping

Figures = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
"""(IoU, F1) with 1, 2 and 3 points."""
MODELS = ("sam_vit_b", "sam2.1_hiera_b+")
METHODS = {
    "Direct test": "direct",
    "Self-Training": "self-training-published",
    "DePT": "dept-published",
    "Tribe": "tribe-published",
    "WeSAM": "wesam-published",
    "PointSAM": "pointsam-published",
    "ReSAM": "resam-published",
    "Supervised": "supervised-published",
}
"""The paper's eight methods, in its order, and our arm for each."""
_FIGURES = """
NWPU | Direct test | 58.06/68.80 63.93/74.92 60.98/71.95 | 58.28/69.43 62.68/73.87 61.76/73.39
NWPU | Self-Training | 63.94/74.11 65.34/76.05 60.47/71.94 | 59.62/70.38 63.63/74.36 61.86/73.27
NWPU | DePT | 64.97/74.47 67.13/74.35 64.92/75.82 | 58.85/69.22 63.98/75.28 63.62/74.58
NWPU | Tribe | 64.27/73.79 64.56/75.60 60.84/71.39 | 61.59/71.86 65.54/76.05 67.02/77.76
NWPU | WeSAM | 64.85/75.28 64.86/76.00 66.03/76.73 | 58.89/70.32 69.77/79.83 67.24/78.35
NWPU | PointSAM | 66.66/76.03 67.03/77.42 67.98/78.57 | 62.26/73.66 70.00/80.22 69.05/80.27
NWPU | ReSAM | 70.25/79.80 72.02/81.29 70.00/80.35 | 64.28/75.42 71.25/82.15 71.52/82.56
NWPU | Supervised | 78.73/86.74 80.88/88.58 81.12/88.79 | 81.76/88.48 83.14/90.11 83.41/90.32
WHU | Direct test | 61.03/70.69 65.10/74.76 59.71/69.46 | 59.97/70.79 65.79/76.31 62.45/73.01
WHU | Self-Training | 64.91/73.99 68.49/77.57 59.57/69.35 | 65.01/75.38 68.60/78.60 68.74/77.43
WHU | DePT | 71.31/79.41 73.69/81.21 73.53/81.47 | 69.52/77.86 74.33/82.27 73.91/81.88
WHU | Tribe | 65.55/74.61 71.17/79.56 69.14/77.81 | 66.67/76.16 72.00/80.81 72.58/81.53
WHU | WeSAM | 66.29/75.12 74.09/82.07 69.91/78.45 | 66.16/75.86 72.02/81.08 74.23/82.79
WHU | PointSAM | 72.63/80.39 76.47/84.10 77.54/85.23 | 73.69/81.21 76.95/84.55 75.16/83.91
WHU | ReSAM | 75.86/83.80 79.49/86.49 79.42/86.66 | 74.54/83.75 77.56/86.35 74.15/81.89
WHU | Supervised | 77.15/84.55 79.73/86.78 80.54/87.49 | 78.75/85.97 80.40/87.50 88.18/88.70
HRSID | Direct test | 46.56/56.06 37.80/48.34 28.32/37.57 | 35.40/46.14 37.26/49.07 34.89/46.75
HRSID | Self-Training | 47.44/58.92 38.90/49.99 29.19/39.19 | 37.39/47.56 44.14/56.42 42.46/54.99
HRSID | DePT | 50.19/58.74 43.52/55.58 34.73/46.08 | 55.18/67.86 54.76/68.04 54.13/67.17
HRSID | Tribe | 51.22/61.43 42.32/53.39 32.61/42.77 | 42.12/55.12 46.51/59.90 39.19/51.11
HRSID | WeSAM | 50.50/62.53 41.95/53.58 35.51/46.54 | 47.61/60.02 47.70/60.77 45.30/59.06
HRSID | PointSAM | 56.06/68.38 57.79/70.50 59.37/72.43 | 52.45/65.11 55.79/68.82 58.83/71.98
HRSID | ReSAM | 58.40/70.11 54.69/66.37 59.80/72.79 | 56.15/69.23 57.65/70.41 55.71/68.41
HRSID | Supervised | 63.29/75.32 65.89/77.65 66.70/78.50 | 67.45/78.56 70.83/81.61 71.72/82.42
"""


def _parsed(text: str) -> dict[tuple[str, str, str], Figures]:
    found = {}
    for line in text.strip().splitlines():
        name, method, *models = (part.strip() for part in line.split("|"))
        for model, figures in zip(MODELS, models, strict=True):
            iou_f1 = [tuple(map(float, pair.split("/"))) for pair in figures.split()]
            found[name, model, method] = (iou_f1[0], iou_f1[1], iou_f1[2])
    return found  # type: ignore[return-value]  # each pair is of two numbers


PUBLISHED: Mapping[tuple[str, str, str], Figures] = _parsed(_FIGURES)
"""By set (NWPU, WHU, HRSID), model, and method."""
SETS = tuple(dict.fromkeys(name for name, _, _ in PUBLISHED))


def set_named(text: str) -> str | None:
    """The set whose name a folder's name holds, such as ``nwpu_vhr10``; None if there is none."""
    return next((name for name in SETS if name.lower() in text.lower()), None)

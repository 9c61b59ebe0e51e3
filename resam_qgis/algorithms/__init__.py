"""The algorithms of the provider."""

from __future__ import annotations

from .adapt_to_points import AdaptToPoints
from .encode_raster import EncodeRaster
from .evaluate import Evaluate
from .find_similar import FindSimilar
from .segment_everything import SegmentEverything
from .segment_points import SegmentPoints
from .suggest_clicks import SuggestClicks

ALGORITHMS = (
    SegmentPoints,
    AdaptToPoints,
    EncodeRaster,
    Evaluate,
    SuggestClicks,
    FindSimilar,
    SegmentEverything,
)

"""Facts that the engine and its QGIS plugin share: columns, defaults, models, the commands' arguments.

Standard library alone: the plugin ships this file and loads it by its path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

SIMPLIFY_PX = 0.75
"""How far outlines may move when vertices go, in raster pixels."""
SNAP_PX = 1.5
"""How wide gaps between neighbours are closed, in raster pixels."""
MIN_AREA_M2 = 0.0
SHAPE = "polygon"
SHAPES = (SHAPE, "largest", "right-angled", "rotated-box")
"""What outlines can become; the largest is one part of several."""
MODEL = "nano"
DEVICE = "auto"
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISION = "auto"
PRECISIONS = (PRECISION, "fp32", "bf16")
PRESET = "default"
PRESETS = ("default", "paper")
HOLD_OUT = 0.2
"""Share of the objects that adapting holds out, to measure with."""
LIMIT_GB = 2.0
"""Most that is kept of embeddings."""
SUGGESTED = 20
"""Places that are suggested for the next clicks."""
LEAST_SCORE = 0.15
"""Finds of a lower score are left out."""
ACCEPTED_FROM = 0.5
"""Polygons of at least this score, which is the IoU to expect, are accepted; others are to review."""
LEAST_WHOLE = 0.5
"""Objects of a lower score are left out where nobody said what is wanted."""


@dataclass(frozen=True)
class Column:
    """A column of a layer."""

    name: str
    kind: Literal["integer", "real", "text"]


SEGMENTS = "segments"
"""Layer of polygons."""
COLUMNS = (
    Column("prompt_id", "integer"),
    Column("class", "text"),
    Column("score", "real"),
    Column("stability", "real"),
    Column("entropy", "real"),
    Column("area_m2", "real"),
    Column("perimeter_m", "real"),
    Column("n_pos", "integer"),
    Column("n_neg", "integer"),
    Column("status", "text"),
    Column("reason", "text"),
    Column("model", "text"),
    Column("adapter", "text"),
)
"""The columns of :data:`SEGMENTS` in order; those of the clicks follow."""
CLICK_COLUMNS = (Column("object_id", "integer"), Column("label", "integer"), Column("class", "text"))
"""What is read of a layer of clicks; others travel along."""
SUGGESTIONS = "suggestions"
"""Layer of places to click next."""


# --- models ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Weights:
    """An official file, as its publisher offers it.

    Attributes:
        sha256: hexadecimal, after ``sha256:``, so that no scanner takes it for a secret.
        size: bytes.
    """

    url: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Family:
    """Networks of one architecture.

    Attributes:
        title: what people call them.
        module: full name of the module that holds their code.
        licence: of their weights.
        files: the official file of each model by name; None for the one that ships with the engine.
    """

    title: str
    module: str
    licence: str
    files: Mapping[str, Weights | None]


_META = "https://dl.fbaipublicfiles.com/"
_MOBILE_SAM = "https://github.com/ChaoningZhang/MobileSAM/raw/f706ad9c4eb7f219c00d9050e46328518ffb65d2/"

FAMILIES = (
    Family("nano", "engine.models.nano", "GPL-3.0-or-later", {"nano": None}),
    Family(
        "SAM",
        "engine.models.sam",
        "Apache-2.0",
        {
            "sam_vit_b": Weights(
                _META + "segment_anything/sam_vit_b_01ec64.pth",
                "sha256:ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
                375_042_383,
            ),
            "sam_vit_l": Weights(
                _META + "segment_anything/sam_vit_l_0b3195.pth",
                "sha256:3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
                1_249_524_607,
            ),
            "sam_vit_h": Weights(
                _META + "segment_anything/sam_vit_h_4b8939.pth",
                "sha256:a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
                2_564_550_879,
            ),
        },
    ),
    Family(
        "SAM 2.1",
        "engine.models.sam2",
        "Apache-2.0",
        {
            "sam2.1_hiera_t": Weights(
                _META + "segment_anything_2/092824/sam2.1_hiera_tiny.pt",
                "sha256:7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
                156_008_466,
            ),
            "sam2.1_hiera_s": Weights(
                _META + "segment_anything_2/092824/sam2.1_hiera_small.pt",
                "sha256:6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
                184_416_285,
            ),
            "sam2.1_hiera_b+": Weights(
                _META + "segment_anything_2/092824/sam2.1_hiera_base_plus.pt",
                "sha256:a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
                323_606_802,
            ),
            "sam2.1_hiera_l": Weights(
                _META + "segment_anything_2/092824/sam2.1_hiera_large.pt",
                "sha256:2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
                898_083_611,
            ),
        },
    ),
    Family(
        "MobileSAM",
        "engine.models.mobile_sam",
        "Apache-2.0",
        {
            "mobile_sam": Weights(
                _MOBILE_SAM + "weights/mobile_sam.pt",
                "sha256:6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
                40_728_226,
            )
        },
    ),
)
"""Every family, the bundled one first."""
MODELS = {
    name: f"{family.title}, " + (f"{file.size / 1e6:,.0f} MB to download" if file else "comes with ReSAM")
    for family in FAMILIES
    for name, file in family.files.items()
}
"""Every model by name, with a label for people."""


# --- commands -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Argument:
    """An argument of a command.

    Attributes:
        kind: ``words`` are several after one flag; a ``list`` repeats the flag; a ``switch`` has no value.
        setting: the field of :class:`engine.config.SegmentConfig` that it decides, where there is one; a
            switch turns it over.
    """

    flag: str
    help: str
    kind: Literal["text", "path", "number", "switch", "words", "list"] = "text"
    default: Any = None
    metavar: str | None = None
    required: bool = False
    setting: str = ""

    @property
    def name(self) -> str:
        """What it is called in Python."""
        return self.flag[2:].replace("-", "_")

    def words(self, value: Any) -> list[str]:
        """Its part of a command line; nothing for None, False and empty texts."""
        if value is None or value is False or value == "" or value == ():
            return []
        if self.kind == "switch":
            return [self.flag]
        if self.kind == "words":
            return [self.flag, *map(str, value)]
        if self.kind == "list":
            return [word for item in value for word in (self.flag, str(item))]
        return [self.flag, str(value)]


RASTER = Argument("--raster", "any raster that GDAL reads", required=True)
POINTS = Argument(
    "--points", "point layer; points of one object_id (or --object-field) are one object", "path"
)
POINTS_LAYER = Argument("--points-layer", "its name, in a file of several layers", metavar="NAME")
POINTS_CRS = Argument("--points-crs", "CRS of a point layer that states none, or a wrong one", metavar="CRS")
OBJECT_FIELD = Argument(
    "--object-field", "column that groups clicks into objects (default: object_id)", metavar="F"
)
BANDS = Argument("--bands", "one or three, by number or description", "words", metavar="B")
ASSUME_CRS = Argument("--assume-crs", "CRS of a raster that states none, or 'pixel'", metavar="CRS")
ENCODING = Argument(
    "--encoding",
    "of text in vector layers, like cp1252 (default: as declared, or found by trying)",
    metavar="NAME",
)
ALLOW_REMOTE = Argument("--allow-remote", "let VRTs and the like on this disk lead to the network", "switch")
BOXES = Argument("--boxes", "polygon layer whose bounding boxes are prompts", "path")
INPUT = (
    *(RASTER, POINTS, POINTS_LAYER, POINTS_CRS, OBJECT_FIELD),
    *(BOXES, ENCODING, ALLOW_REMOTE, BANDS, ASSUME_CRS),
)
"""What a run reads."""

NETWORK = Argument("--model", f"name (resam models list) or weights file (default: {MODEL})", default=MODEL)
ADAPTER = Argument("--adapter", "folder of an adapter trained for this model", metavar="DIR")
ON_DEVICE = Argument("--device", f"auto, cpu, cuda, cuda:N or mps (default: {DEVICE})", default=DEVICE)
ARITHMETIC = Argument(
    "--precision",
    "auto (default: bf16 for nano if the CPU has it, else fp32), fp32 or bf16",
    default=PRECISION,
)
WITH_MODEL = (NETWORK, ADAPTER, ON_DEVICE, ARITHMETIC)
"""Which network answers, where, and in which arithmetic."""

LOOKS = (
    Argument("--no-refine", "draw the box around the first mask as it is", "switch", setting="refine.refine"),
    Argument("--no-requery", "ask once, with the clicks alone", "switch", setting="refine.requery"),
    Argument("--no-zoom", "use one window size for all objects", "switch", setting="refine.zoom"),
    Argument(
        *("--tta", "test-time augmentation: also look at everything turned by half, twice as long", "switch"),
        setting="refine.tta",
    ),
    Argument(
        *("--base-too", "with an adapter, also ask without it; the higher score wins", "switch"),
        setting="refine.base_too",
    ),
    Argument("--shape", f"{', '.join(SHAPES)} (default: {SHAPE})", default=SHAPE, setting="polygons.shape"),
    Argument("--allow-overlap", "let polygons share area", "switch", setting="polygons.no_overlap"),
    Argument(
        "--simplify",
        f"how far outlines may move when vertices go, in pixels (default: {SIMPLIFY_PX}; 0 keeps all)",
        *("number", SIMPLIFY_PX, "PX"),
        setting="polygons.simplify_px",
    ),
    Argument(
        "--snap-px",
        f"close gaps between neighbours up to that wide, in pixels (default: {SNAP_PX}; 0 leaves them)",
        *("number", SNAP_PX, "PX"),
        setting="polygons.snap_px",
    ),
    Argument(
        *("--min-area", "reject polygons smaller than this, in m²", "number", MIN_AREA_M2, "M2"),
        setting="polygons.min_area_m2",
    ),
)
"""What the polygons look like."""

OUTLINES = tuple(argument for argument in LOOKS if argument.setting.startswith("polygons."))
"""The part of :data:`LOOKS` that does not say how a click is answered."""
EXAMPLES = "clicks on objects of the wanted kind, or of several kinds told apart by a column class"
POLYGONS = Argument("--polygons", "their outlines, or an earlier output with its rejected rows", "path")
AREA = Argument("--area", "polygons to look in (default: the whole raster)", "path")
MOST = Argument("--max", "at most that many, the best", "number", metavar="N")
OUT = Argument("--out", ".gpkg, .geojson, .shp, .fgb or .parquet", "path", required=True)

REFERENCE = Argument("--reference", "layer of true polygons", "path")
REFERENCE_LAYER = Argument("--reference-layer", "its name, in a file of several layers", metavar="NAME")
OVERWRITE = Argument("--overwrite", "replace an existing output", "switch")
RESUME = Argument("--resume", "continue a run that was stopped; without one, start afresh", "switch")


@dataclass(frozen=True)
class Command:
    """A verb of the command line, with the arguments that the plugin gives it."""

    module: str
    arguments: tuple[Argument, ...]


_TEXT = (ENCODING, ALLOW_REMOTE)
_PIXELS = (BANDS, ASSUME_CRS)
_WRITTEN = (OUT, OVERWRITE, RESUME)
_LEAST_FIND, _LEAST_WHOLE = (
    Argument("--min-score", f"leave out those of a lower score (default: {least:g})", "number", least, "S")
    for least in (LEAST_SCORE, LEAST_WHOLE)
)
_FIND_INPUT = tuple(
    replace(one, help=EXAMPLES) if one is POINTS else one for one in INPUT if one is not BOXES
)
_ELSEWHERE = Argument("--examples-raster", "raster that --points and --polygons lie on, if not --raster")
_NOT = Argument("--not", "points or polygons of what is no such object", "path")
_ADAPT = Argument("--adapt", "first adapt the model to the clicks; keep the adapter beside --out", "switch")
_TARGET = Argument(
    "--target", "precision=P: accept as many finds as an expected precision P allows", metavar="T"
)
_SOME_TILES = replace(POINTS, help="only the tiles that these points need (default: all)")
_LIMIT = Argument("--limit-gb", f"most that is kept (default: {LIMIT_GB:g})", "number", LIMIT_GB)
_CLICKS = (replace(POINTS, required=True), POINTS_LAYER)
_LEARNING = (
    Argument("--preset", "set of options", default=PRESET),
    Argument("--minutes", "stop after about this many minutes", "number", metavar="M"),
    Argument("--clicks-holdout", "share of the objects that is held out", "number", HOLD_OUT),
    Argument("--seed", "of every draw", "number", 0),
    Argument("--out", "folder of the adapter", "path", required=True),
)
_WHERE = replace(AREA, help="polygons to look in", required=True)
_COUNT = Argument("--count", "how many places", "number", SUGGESTED)
PLACES = Argument("--out", f"GeoPackage with layer '{SUGGESTIONS}'", "path", required=True)
_SCORED = (
    replace(REFERENCE, required=True),
    REFERENCE_LAYER,
    Argument("--out", "JSON report to write", "path"),
)
COMMANDS = {
    "segment": Command("engine.segment", (*INPUT, *WITH_MODEL, *LOOKS, *_WRITTEN)),
    "evaluate": Command("engine.evaluate", (*INPUT, *WITH_MODEL, *LOOKS, *_SCORED)),
    "encode": Command(
        "engine.encode", (RASTER, _SOME_TILES, POINTS_LAYER, *_TEXT, *_PIXELS, *WITH_MODEL, _LIMIT)
    ),
    "train": Command(
        "engine.train",
        (
            *(replace(RASTER, kind="list"), *_CLICKS, *_TEXT, *_PIXELS, NETWORK, ON_DEVICE, ARITHMETIC),
            *(REFERENCE, REFERENCE_LAYER, *_LEARNING),
        ),
    ),
    "suggest": Command(
        "engine.suggest", (RASTER, *_CLICKS, *_TEXT, *_PIXELS, *WITH_MODEL, _COUNT, PLACES, OVERWRITE)
    ),
    "find": Command(
        "engine.find",
        (
            *(*_FIND_INPUT, POLYGONS, _ELSEWHERE, _NOT, AREA, *WITH_MODEL, _ADAPT, *OUTLINES),
            *(_LEAST_FIND, _TARGET, MOST, *_WRITTEN),
        ),
    ),
    "everything": Command(
        "engine.everything",
        (
            *(RASTER, _WHERE, *_TEXT, *_PIXELS, *WITH_MODEL, *OUTLINES),
            *(_LEAST_WHOLE, MOST, *_WRITTEN),
        ),
    ),
}
"""Verb -> module and arguments."""


def command(verb: str, /, **values: Any) -> list[str]:
    """A command line of the engine, from the module's name on.

    Args:
        values: by :attr:`Argument.name`; what is None, False or empty is left out.

    Raises:
        TypeError: the verb has no such argument, or lacks one that it needs.
    """
    known = {argument.name: argument for argument in COMMANDS[verb].arguments}
    unknown = values.keys() - known.keys()
    missing = {name for name, argument in known.items() if argument.required} - values.keys()
    if unknown or missing:
        raise TypeError(f"{verb}: unknown {_listed(unknown)}; missing {_listed(missing)}")
    words = [word for name, value in values.items() for word in known[name].words(value)]
    return [COMMANDS[verb].module, *words]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"

"""What a user can cause and mend, in words: each sentence under a code, with places for what it is about.

Programs tell errors apart by their codes and read the values; people read the sentence. The QGIS plugin ships
this file and translates the sentences. Standard library alone.
"""

from __future__ import annotations

TEMPLATES = {
    # rasters
    "raster-missing": "{path}: does not exist: check the path of the raster",
    "raster-folder": "{path}: is a folder: give the raster file in it",
    "raster-vector": "{path}: is a vector layer, not a raster: give an image such as a GeoTIFF",
    "raster-unreadable": "{path}: not a raster that GDAL can read, or damaged ({cause})",
    "raster-damaged": "{path}: cannot be read, the file may be damaged ({cause})",
    "raster-subdatasets": "{path}: holds no bands of its own: name one of its subdatasets ({names})",
    "raster-empty": "{path}: has no valid pixel in the chosen bands: all is nodata or transparent",
    "raster-control-points": (
        "{path}: is placed by control points (GCPs or RPCs) only: warp it first, with gdalwarp -t_srs "
        "EPSG:xxxx"
    ),
    "raster-no-crs": (
        "{path}: states no CRS: give it by --assume-crs EPSG:xxxx, or keep its coordinates as they are by"
        " --assume-crs pixel"
    ),
    "raster-no-place": (
        "{path}: has a CRS but no place in it: give it one (gdal_edit.py -a_ullr, or its world file), or "
        "keep its coordinates as they are by --assume-crs pixel"
    ),
    "raster-own-crs": "{path}: has a CRS of its own, {crs}: leave --assume-crs out",
    "raster-bands": (
        "{path}: {count} bands were asked for: give one (grey) or three (red, green, blue) of {bands}"
    ),
    "raster-no-band": "{path}: there is no band {band}: choose from {bands}",
    # points, boxes and polygons
    "points-none-given": "nothing to segment: give --points, --boxes or both",
    "examples-none-given": "nothing to learn from: give --points, --polygons or both",
    "layer-unreadable": "{path}: cannot be read as a vector layer ({cause})",
    "layer-missing": "{path}: has no layer '{layer}'; it has: {names}",
    "layer-empty": "{layer}: the layer has no features; add at least one {kind} and save the edits",
    "layer-no-geometry": "{layer}: is a table without geometry; give a layer of {kind}s",
    "layer-kind": "{layer}: holds {found}, not {kind}s; give a layer of {kind}s",
    "layer-no-field": "{layer}: has no field '{field}' to group by; its fields are: {names}",
    "layer-no-coordinates": "{layer}: has no geometry and no x/y or lon/lat columns; its fields are: {names}",
    "area-elsewhere": "{layer}: does not touch the raster; check its CRS and extent",
    "clicks-elsewhere": "{path}: no click lies on the raster; check extent and CRS",
    "learn-elsewhere": "{path}: no object to learn from lies on the raster; check extent and CRS",
    "reference-elsewhere": "{path}: none of its polygons holds a click; check its extent and CRS",
    "crowd": (
        "{count} objects lie within {span} pixels around ({x}, {y}), and one window has room for {most}: "
        "if they are clicks of fewer objects, give them object_id"
    ),
    # models and adapters
    "model-unknown": "no model or file is called '{name}': {hint}",
    "model-folder": "{path} is a folder; give a weights file, or an adapter folder as --adapter",
    "memory": "there is too little memory; use a smaller model or --device cpu",
    "weights-missing": (
        "the weights of {model} ({file}) are not in {folder}; fetch them with: python -m engine.models "
        "fetch {model}"
    ),
    "weights-damaged": (
        "{path} has SHA-256 {found}…, not the published {published}…; replace it with: python -m "
        "engine.models fetch {model}"
    ),
    "adapter-missing": "{folder} holds no {file} ({cause}): not an adapter?",
    "adapter-other-model": (
        "adapter {folder} was trained on weights {base}…, but {model} has {found}…: load the model it was"
        " trained on, or train it again on this one"
    ),
    "device-no-gpu": "device 'cuda' finds no usable GPU or driver; check nvidia-smi, or use --device cpu",
    "device-no-cuda": (
        "device 'cuda' needs a CUDA build of torch, and {version} is not one; install one, or use "
        "--device auto or cpu"
    ),
    # outputs
    "output-exists": "{path}: exists already; choose another name or overwrite",
    "output-files-exist": "{path}: {names} exists already; choose another name or overwrite",
    "output-layer-exists": (
        "{path}: has a layer '{layer}', which exists already; choose another name or overwrite"
    ),
    "output-input": "{path}: is read by this run ({option}); it would be lost: choose another {instead}",
    "output-no-folder": "{path}: the folder {folder} does not exist; create it first",
    "output-is-folder": "{path}: is a folder; give another file name",
    "output-closed": "{path}: cannot write to the folder {folder} ({cause})",
    "output-not-written": "{path}: could not be written ({cause})",
    "output-busy": "{folder}: another run is writing this output; wait for it",
    "run-unfinished": "{folder}: holds an unfinished run; continue it with --resume, or use --overwrite",
    "adapter-exists": "{folder}: holds an adapter already; choose another --out, or --overwrite",
}
"""By code; what stands in braces is filled in."""


class Message(str):
    """A sentence of :data:`TEMPLATES`.

    Attributes:
        code: under which it stands there.
        values: what fills its places.
    """

    code: str
    values: dict[str, str]
    __slots__ = ("code", "values")


def message(code: str, **values: object) -> Message:
    """The sentence of a code, with its places filled.

    Raises:
        KeyError: there is no such code, or a place has no value.
    """
    filled = {name: str(value) for name, value in values.items()}
    made = Message(TEMPLATES[code].format(**filled))
    made.code, made.values = code, filled
    return made


def coded(error: BaseException) -> Message | None:
    """The message of an error that has a code."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Message) else None

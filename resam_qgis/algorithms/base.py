"""What all algorithms share: parameters of rasters and models, a run of the engine, filling a sink."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsFeature,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsField,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameterBand,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterRasterLayer,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QIcon

from .. import enums, layers, places, remote, runtime, sayings, window_thread
from ..exceptions import QgsProcessingException
from ..i18n import tr
from ..presence import present
from . import listed_value

SCHEMA = places.schema()
POINTS_LAYER = "points"
KEY_COLUMNS = ("fid", "ogc_fid")
"""Numbers of rows that a file keeps for itself; copied into another they would collide."""


class EngineAlgorithm(QgsProcessingAlgorithm):
    """One command of the engine; nothing it writes is there before it has succeeded."""

    NAME = ""
    INPUT, POINTS, BANDS, MODEL, ADAPTER = "INPUT", "POINTS", "BANDS", "MODEL", "ADAPTER"
    DEVICE, PRECISION, OUTPUT, REMOTE = "DEVICE", "PRECISION", "OUTPUT", "ALLOW_REMOTE"
    COUNTED = 100.0
    """Per cent of the bar that stand for what the engine counts; less where it works on after that."""

    def name(self) -> str:
        """Part after the colon."""
        return self.NAME

    def createInstance(self) -> QgsProcessingAlgorithm:  # noqa: N802
        """A fresh one for every run."""
        return type(self)()

    def icon(self) -> QIcon:
        """Shown in the toolbox."""
        return QIcon(places.icon("resam"))

    def helpUrl(self) -> str:  # noqa: N802
        """The manual's section."""
        return (places.PLUGIN / "help" / "index.html").as_uri() + f"#{self.NAME}"

    def canExecute(self) -> tuple[bool, str | None]:  # noqa: N802
        """Whether there is an environment to run in."""
        try:
            runtime.interpreter()
        except runtime.NotReady as problem:
            return False, str(problem)
        return True, ""

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str | None]:
        """Besides QGIS's own checks: whether the engine can read the rasters."""
        good, text = super().checkParameterValues(parameters, context)
        if not good:
            return good, text
        try:
            layers.assumed_crs(self.source(layer, ()) for layer in self.rasters(parameters, context))
        except layers.Unusable as problem:
            return False, str(problem)
        return self.check(parameters, context)

    def check(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """An algorithm's own checks."""
        return True, ""

    def rasters(
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> Sequence[QgsRasterLayer | None]:
        """The rasters that a run reads."""
        return [self.parameterAsRasterLayer(parameters, self.INPUT, context)]

    def add_raster(self) -> None:
        """Raster and bands."""
        self.addParameter(QgsProcessingParameterRasterLayer(self.INPUT, tr("Raster")))
        bands = QgsProcessingParameterBand(
            self.BANDS,
            tr("Bands"),
            parentLayerParameterName=self.INPUT,
            optional=True,
            allowMultiple=True,
        )
        bands.setHelp(tr("One, or red, green and blue; if none is chosen, their colours decide"))
        self.add_advanced(bands)
        self.add_remote()

    def add_remote(self) -> None:
        """Whether files may lead to the network."""
        leads = QgsProcessingParameterBoolean(self.REMOTE, tr("Let files lead to the network"), False)
        leads.setHelp(tr("Only if you trust whoever made them"))
        self.add_advanced(leads)

    def may_reach(
        self, parameters: dict[str, Any], context: QgsProcessingContext, *sources: layers.RasterInput
    ) -> bool:
        """Whether that was allowed, here or in the window."""
        here = self.parameterAsBool(parameters, self.REMOTE, context)
        return here or all(remote.allowed(source.path) for source in sources)

    def add_points(self, optional: bool = False) -> None:
        """The layer of clicks."""
        kinds = [enums.POINT_LAYERS]
        clicks = QgsProcessingParameterFeatureSource(self.POINTS, tr("Points"), kinds, optional=optional)
        clicks.setHelp(tr("The columns object_id, label and class are used, where there are any"))
        self.addParameter(clicks)

    def add_model(self, adapter: bool = True) -> None:
        """Model, adapter, device, precision."""
        model = listed_value.parameter(listed_value.MODEL, self.MODEL, tr("Model"), SCHEMA.MODEL)
        model.setHelp(tr("A model by name, or the path of a weights file"))
        self.addParameter(model)
        if adapter:
            learnt = listed_value.parameter(listed_value.ADAPTER, self.ADAPTER, tr("Adapter"), None)
            learnt.setHelp(tr("One of yours by name, or the path of its folder; it must fit the model"))
            self.addParameter(learnt)
        for name, label, choices in (
            (self.DEVICE, tr("Device"), SCHEMA.DEVICES),
            (self.PRECISION, tr("Arithmetic precision"), SCHEMA.PRECISIONS),
        ):
            self.add_advanced(
                QgsProcessingParameterEnum(
                    name, label, list(choices), defaultValue=choices[0], usesStaticStrings=True
                )
            )

    def add_advanced(self, parameter: QgsProcessingParameterDefinition) -> None:
        """A parameter that is folded away."""
        parameter.setFlags(parameter.flags() | enums.ADVANCED)
        self.addParameter(parameter)

    def source(self, layer: QgsRasterLayer | None, bands: tuple[int, ...]) -> layers.RasterInput:
        """What the engine reads of a raster layer; Unusable if it cannot."""
        if layer is not None and layer.isValid() and not layers.has_file(layer):
            raise layers.Unusable(
                tr("The layer “{}” is no file: save it as GeoTIFF first (Export ▸ Save As…).").format(
                    layer.name()
                )
            )
        return layers.file_source(layer, bands)

    def raster_options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """The raster and what belongs to it."""
        bands = tuple(self.parameterAsInts(parameters, self.BANDS, context))
        if len(bands) not in (0, 1, 3):
            raise QgsProcessingException(tr("Choose one band, or three."))
        layer = self.parameterAsRasterLayer(parameters, self.INPUT, context)
        source = self.source(layer, bands)
        return {**source.options(), "allow_remote": self.may_reach(parameters, context, source)}

    def model_options(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, Any]:
        """Model, adapter, device and precision."""
        found = {
            "model": layers.absolute(self.parameterAsString(parameters, self.MODEL, context)),
            "device": self.parameterAsString(parameters, self.DEVICE, context),
            "precision": self.parameterAsString(parameters, self.PRECISION, context),
        }
        if self.parameterDefinition(self.ADAPTER) is not None:
            text = self.parameterAsString(parameters, self.ADAPTER, context)
            found["adapter"] = layers.absolute(listed_value.adapter_folder(text))
        return found

    def vector_file(
        self,
        parameters: dict[str, Any],
        name: str,
        context: QgsProcessingContext,
        folder: Path,
        within: QgsRectangle | None = None,
    ) -> tuple[Path, str] | None:
        """File and layer name of a source: its own where it is taken whole, else a copy in ``folder``.

        Args:
            within: in the source's CRS; features beyond it are left out.
        """
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            if parameters.get(name) in (None, ""):
                return None
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        layer = self.parameterAsVectorLayer(parameters, name, context)
        # Such a definition takes the selected ones alone, or those of a filter, or the first few.
        defined = isinstance(parameters.get(name), QgsProcessingFeatureSourceDefinition)
        part = defined or within is not None
        whole = None if layer is None or part else layers.saved_file(layer)
        return whole or _copied(source, folder / f"{name.lower()}.gpkg", context, within)

    def vector_copy(
        self, parameters: dict[str, Any], name: str, context: QgsProcessingContext, folder: Path
    ) -> Path | None:
        """A source as a file of one layer in ``folder``; None if it is not given."""
        source = self.parameterAsSource(parameters, name, context)
        if source is None:
            if parameters.get(name) in (None, ""):
                return None
            raise QgsProcessingException(self.invalidSourceError(parameters, name))
        return _copied(source, folder / f"{name.lower()}.gpkg", context)[0]

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback | None,
    ) -> bool:
        """Before the run: the variables of its process. A model of QGIS 3.22 calls this in its own thread."""
        known = window_thread.there(runtime.variables, present(feedback).isCanceled)
        if known is None:
            return False
        self._variables = known
        return super().prepareAlgorithm(parameters, context, feedback)

    def run_engine(
        self, verb: str, feedback: QgsProcessingFeedback | None, **options: Any
    ) -> dict[str, dict[str, Any]]:
        """Run a command; its events by name, the last of each. QgsProcessingException if it fails."""
        arguments = SCHEMA.command(verb, **options)
        feedback = present(feedback)
        feedback.pushCommandInfo(runtime.shown(arguments))
        events: dict[str, dict[str, Any]] = {}

        def on_event(event: dict[str, Any]) -> None:
            events[event["event"]] = event
            if event["event"] == "progress" and event.get("total"):
                feedback.setProgress(self.COUNTED * event["done"] / event["total"])
            elif event.get("text"):
                feedback.pushInfo(sayings.told(event))

        try:
            done = runtime.run_engine([*arguments, "--json"], self._variables, on_event, feedback.isCanceled)
        except runtime.NotReady as problem:
            raise QgsProcessingException(str(problem)) from problem
        if done.problem is not None:
            text = remote.reason(done.problem)
            if remote.is_refusal(done.problem):
                way = tr("if you trust whoever made it, check “{}” among the advanced parameters")
                text += ": " + way.format(present(self.parameterDefinition(self.REMOTE)).description())
            raise QgsProcessingException(text)
        return events

    def fill(self, parameters: dict[str, Any], context: QgsProcessingContext, made: QgsVectorLayer) -> str:
        """Copy what the engine wrote into the sink, all of it; the sink's id."""
        names = made.fields().names()
        kept = [place for place, name in enumerate(names) if name not in KEY_COLUMNS]
        fields = QgsFields()
        for place in kept:
            fields.append(made.fields()[place])
        sink, identity = self.parameterAsSink(
            parameters, self.OUTPUT, context, fields, made.wkbType(), made.crs()
        )
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, self.OUTPUT))
        for feature in made.getFeatures():
            copy = QgsFeature(fields)
            copy.setGeometry(feature.geometry())
            copy.setAttributes([feature.attributes()[place] for place in kept])
            if not sink.addFeature(copy, QgsFeatureSink.Flag.FastInsert):
                raise QgsProcessingException(self.writeFeatureError(sink, parameters, self.OUTPUT))
        return identity


class Folder:
    """A temporary folder for one run; gone with all it holds at the end."""

    def __enter__(self) -> Path:
        self._path = Path(tempfile.mkdtemp(prefix="resam-"))
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _copied(
    source: QgsProcessingFeatureSource,
    path: Path,
    context: QgsProcessingContext,
    box: QgsRectangle | None = None,
) -> tuple[Path, str]:
    """A source, or what of it lies in a box in its CRS, as a file of one layer."""
    fields = QgsFields()
    kept = [place for place, name in enumerate(source.fields().names()) if name.lower() not in KEY_COLUMNS]
    *names, geometry = _told_apart([*(source.fields()[place].name() for place in kept), "geom"])
    for place, name in zip(kept, names):
        field = QgsField(source.fields()[place])
        field.setName(name)
        fields.append(field)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", POINTS_LAYER
    options.layerOptions = [f"GEOMETRY_NAME={geometry}"]
    writer = QgsVectorFileWriter.create(
        str(path), fields, source.wkbType(), source.sourceCrs(), context.transformContext(), options
    )
    if writer.hasError() != QgsVectorFileWriter.WriterError.NoError:
        raise QgsProcessingException(writer.errorMessage())
    request = QgsFeatureRequest() if box is None else QgsFeatureRequest(box)
    for feature in source.getFeatures(request):
        copy = QgsFeature(fields)
        copy.setGeometry(feature.geometry())
        copy.setAttributes([feature.attributes()[place] for place in kept])
        if not writer.addFeature(copy):
            raise QgsProcessingException(writer.errorMessage())
    del writer  # Closes the file.
    return path, POINTS_LAYER


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names that differ also in small letters, as a GeoPackage wants it.

    The first of those in small letters, which all of the engine's are, stay as they are.
    """
    found = list(names)
    taken: set[str] = set()
    for place in sorted(range(len(names)), key=lambda place: names[place] != names[place].lower()):
        number = 1
        while found[place].lower() in taken:
            number += 1
            found[place] = f"{names[place]}_{number}"
        taken.add(found[place].lower())
    return found


def opened(path: Path, layer: str) -> QgsVectorLayer:
    """A layer that the engine wrote."""
    found = QgsVectorLayer(f"{path}|layername={layer}", layer, "ogr")
    if not found.isValid():
        raise QgsProcessingException(tr("The engine's result cannot be read: {}").format(path))
    return found


def file_options(name: str, file: tuple[Path, str] | None) -> dict[str, Any]:
    """A vector file and its layer as options: ``points`` and ``points_layer``, say."""
    return {} if file is None else {name: file[0], f"{name}_layer": file[1]}

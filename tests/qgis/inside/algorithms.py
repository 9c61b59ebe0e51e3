"""Every algorithm through ``processing.run`` in QGIS without a window; errors, cancel, a model."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.append("/usr/share/qgis/python/plugins")
sys.path.append(os.environ["RESAM_TEST_PLUGINS"])

from inside.outlines import assert_same_outline
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterRasterLayer,
    QgsSettings,
    QgsVectorLayer,
)

FIXTURES = Path(os.environ["RESAM_TEST_FIXTURES"])
WORK = Path(os.environ["RESAM_TEST_WORK"])
SCENE = str(FIXTURES / "scene.tif")
OBJECTS = json.loads((FIXTURES / "objects.json").read_text())


class Stage:
    """QGIS without a window, the provider in its registry."""

    def __init__(self):
        self.application = QgsApplication([], False)
        self.application.initQgis()
        from processing.core.Processing import Processing

        Processing.initialize()
        QgsSettings().setValue("resam/interpreter", os.environ["RESAM_TEST_PYTHON"])
        from resam_qgis.provider import ResamProvider

        self.provider = ResamProvider()
        assert QgsApplication.processingRegistry().addProvider(self.provider)

    def fresh(self):
        pass

    def close(self):
        os._exit(0)  # QGIS without a window may crash after it has done everything.


class Ear(QgsProcessingFeedback):
    """Remembers what was said."""

    def __init__(self):
        super().__init__()
        self.commands, self.texts = [], []

    def pushCommandInfo(self, text):
        self.commands.append(text)

    def pushInfo(self, text):
        self.texts.append(text)


def points(count=6, crs="EPSG:32632"):
    """Clicks in the middle of objects, as a layer in memory with a column of its own."""
    layer = QgsVectorLayer(f"Point?crs={crs}&field=fid:integer&field=name:string", "points", "memory")
    features = []
    for number, item in enumerate(OBJECTS[:count]):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(item["x"], item["y"])))
        feature.setAttributes([7, f"object {number}"])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


def run(name, ear=None, **parameters):
    import processing

    return processing.run(f"resam:{name}", parameters, feedback=ear or Ear())


def refused(name, **parameters):
    """The one line with which a run is refused."""
    try:
        run(name, **parameters)
    except QgsProcessingException as problem:
        assert "Traceback" not in str(problem)
        return str(problem)
    raise AssertionError("it ran")


def check_all_are_there_with_units_help_and_unique_names(stage):
    found = {algorithm.name(): algorithm for algorithm in stage.provider.algorithms()}
    names = {"segmentpoints", "adapttopoints", "encoderaster", "evaluate", "suggestclicks"}
    assert set(found) == names | {"findsimilar", "segmenteverything"}
    for algorithm in found.values():
        assert algorithm.shortHelpString()
        assert algorithm.displayName()
        assert algorithm.helpUrl().startswith("file://")


def check_points_become_polygons_with_their_columns(stage):
    ear = Ear()
    out = WORK / "segments out.gpkg"
    done = run("segmentpoints", ear, INPUT=SCENE, POINTS=points(), OUTPUT=str(out))
    assert done["ACCEPTED"] + done["REVIEW"] + done["REJECTED"] == 6
    layer = QgsVectorLayer(str(out), "out", "ogr")
    assert layer.featureCount() == 6
    assert {feature["name"] for feature in layer.getFeatures()} == {f"object {n}" for n in range(6)}
    assert layer.crs() == QgsCoordinateReferenceSystem("EPSG:32632")
    assert ear.commands
    assert " -m engine.segment --raster " in ear.commands[0]
    holding = 0
    for feature in layer.getFeatures():
        item = OBJECTS[int(feature["name"].split()[1])]
        holding += feature.geometry().contains(QgsPointXY(item["x"], item["y"]))
    assert holding >= 5


def check_the_copied_command_writes_the_same(stage):
    saved = WORK / "saved.gpkg"
    from qgis.core import QgsProject, QgsVectorFileWriter

    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.attributes = "GPKG", "clicks", [1]
    QgsVectorFileWriter.writeAsVectorFormatV3(
        points(), str(saved), QgsProject.instance().transformContext(), options
    )
    ear = Ear()
    done = run("segmentpoints", ear, INPUT=SCENE, POINTS=f"{saved}|layername=clicks", OUTPUT="memory:")
    assert str(saved) in ear.commands[0], "a layer that is taken whole is not copied"
    again = WORK / "again.gpkg"
    command = re.sub(r"--out ('[^']*'|\S+)", f"--out {shlex.quote(str(again))}", ear.commands[0])
    plain = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    subprocess.run(["sh", "-c", command], cwd=WORK, check=True, capture_output=True, env=plain)
    other = QgsVectorLayer(f"{again}|layername=segments", "again", "ogr")
    shapes = {feature["prompt_id"]: feature.geometry() for feature in other.getFeatures()}
    assert len(shapes) == 6
    for feature in done["OUTPUT"].getFeatures():
        assert_same_outline(feature.geometry(), shapes[feature["prompt_id"]])


def check_evaluate_measures(stage):
    truth = f"{FIXTURES / 'objects.gpkg'}|layername=objects"
    out = WORK / "scores.json"
    done = run("evaluate", INPUT=SCENE, POINTS=points(), REFERENCE=truth, OUTPUT=str(out))
    assert done["OBJECTS"] == 6
    assert 0.3 < done["MEAN_IOU"] < 1
    assert json.loads(out.read_text())["scores"]["overall"]["mean_iou"] == done["MEAN_IOU"]


def check_encode_embeds_once(stage):
    first = run("encoderaster", INPUT=str(FIXTURES / "deep.tif"), BANDS=[1, 2, 4])
    again = run("encoderaster", INPUT=str(FIXTURES / "deep.tif"), BANDS=[1, 2, 4])
    assert first["TILES"] == again["TILES"] > 0
    assert first["EMBEDDED"] > 0
    assert again["EMBEDDED"] == 0


def check_encode_keeps_as_much_as_clicks_do(stage):
    QgsSettings().setValue("resam/cache_gb", 50.0)
    try:
        algorithm = stage.provider.algorithm("encoderaster").create()
        assert algorithm.parameterDefinition("LIMIT_GB").defaultValue() == 50.0, (
            "with less it would throw away what clicks have kept"
        )
    finally:
        QgsSettings().remove("resam/cache_gb")


def check_suggest_makes_points(stage):
    done = run("suggestclicks", INPUT=SCENE, POINTS=points(3), COUNT=4, OUTPUT="memory:")
    layer = done["OUTPUT"]
    assert 0 < layer.featureCount() <= 4
    assert [feature["rank"] for feature in layer.getFeatures()] == list(range(1, layer.featureCount() + 1))


def check_adapt_writes_an_adapter_and_says_its_verdict(stage):
    out = WORK / "adapter made here"
    done = run("adapttopoints", INPUT=[SCENE], POINTS=points(8), MINUTES=0.03, OUTPUT=str(out))
    assert done["VERDICT"] in ("better", "no evidence", "worse")
    assert (out / "adapter_model.safetensors").is_file()
    assert Path(done["REPORT"]).is_file()
    assert "not empty" in refused("adapttopoints", INPUT=[SCENE], POINTS=points(8), OUTPUT=str(out))
    from resam_qgis import places

    listed = places.adapters() / "listed"
    shutil.copytree(out, listed)
    for given, used in ((str(out), out), ("listed", listed)):
        ear = Ear()
        run("segmentpoints", ear, INPUT=SCENE, POINTS=points(1), ADAPTER=given, OUTPUT="memory:")
        assert shlex.join(["--adapter", str(used)]) in ear.commands[0]
    shutil.rmtree(listed)


def check_bad_input_is_one_clear_line(stage):
    import processing

    assert "three" in refused("segmentpoints", INPUT=SCENE, POINTS=points(), BANDS=[1, 2], OUTPUT="memory:")
    line = refused("segmentpoints", INPUT=SCENE, POINTS=points(), MODEL="nanno", OUTPUT="memory:")
    assert "nanno" in line
    assert "\n" not in line.strip()
    far = points()
    far.setCrs(QgsCoordinateReferenceSystem("EPSG:32660"))
    out = WORK / "far.gpkg"
    line = refused("evaluate", INPUT=SCENE, POINTS=far, REFERENCE=str(FIXTURES / "objects.gpkg"))
    assert "\n" not in line.strip()
    missing = str(FIXTURES / "missing.tif")
    assert missing in refused("segmentpoints", INPUT=missing, POINTS=points(), OUTPUT=str(out))
    assert not out.exists()
    del processing


def check_a_view_of_the_network_is_refused_with_the_parameter_that_allows_it(stage):
    view = WORK / "far.vrt"
    band = "<SourceFilename>/vsicurl/http://127.0.0.1:9/scene.tif</SourceFilename><SourceBand>1</SourceBand>"
    view.write_text(
        '<VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32632</SRS>'
        "<GeoTransform>0,1,0,0,0,-1</GeoTransform>"
        f'<VRTRasterBand dataType="Byte" band="1"><SimpleSource>{band}</SimpleSource></VRTRasterBand>'
        "</VRTDataset>"
    )
    line = refused("segmentpoints", INPUT=str(view), POINTS=points(1), OUTPUT="memory:")
    assert "leads to the network" in line
    assert "“Let files lead to the network”" in line
    assert "--" not in line


def check_bad_input_is_told_in_the_users_language(stage):
    from resam_qgis import i18n

    translator = i18n.install("de_DE")
    try:
        line = refused("segmentpoints", INPUT=SCENE, POINTS=points(), MODEL="nanno", OUTPUT="memory:")
    finally:
        i18n.remove(translator)
    assert line.strip().startswith("kein Modell und keine Datei heißt „nanno“"), line


def check_a_cancelled_run_leaves_nothing(stage):
    out = WORK / "cancelled.gpkg"
    ear = Ear()
    threading.Timer(1.0, ear.cancel).start()
    started = time.monotonic()
    try:
        run("segmentpoints", ear, INPUT=SCENE, POINTS=points(12), OUTPUT=str(out))
    except QgsProcessingException as problem:
        assert "ancel" in str(problem), problem
    else:
        raise AssertionError("it went on")
    assert time.monotonic() - started < 25
    assert not out.exists()
    own = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    running = [number for number in own if "engine" in Path(f"/proc/{number}/cmdline").read_text()]
    assert not running


def check_it_runs_in_a_model(stage):
    model = QgsProcessingModelAlgorithm("two steps", "tests")
    model.addModelParameter(
        QgsProcessingParameterRasterLayer("raster"), QgsProcessingModelParameter("raster")
    )
    model.addModelParameter(
        QgsProcessingParameterFeatureSource("points"), QgsProcessingModelParameter("points")
    )
    source = QgsProcessingModelChildParameterSource
    child = QgsProcessingModelChildAlgorithm("resam:segmentpoints")
    child.setChildId("segment")
    child.addParameterSources("INPUT", [source.fromModelParameter("raster")])
    child.addParameterSources("POINTS", [source.fromModelParameter("points")])
    model.addChildAlgorithm(child)
    second = QgsProcessingModelChildAlgorithm("native:centroids")
    second.setChildId("centroids")
    second.addParameterSources("INPUT", [source.fromChildOutput("segment", "OUTPUT")])
    result = QgsProcessingModelOutput("centres")
    result.setChildId("centroids")
    result.setChildOutputName("OUTPUT")
    second.setModelOutputs({"centres": result})
    model.addChildAlgorithm(second)
    context = QgsProcessingContext()
    from qgis.core import QgsProject

    context.setProject(QgsProject.instance())
    parameters = {"raster": SCENE, "points": points(3), "centroids:centres": str(WORK / "centres.gpkg")}
    found, good = model.run(parameters, context, QgsProcessingFeedback())
    assert good
    assert QgsVectorLayer(str(WORK / "centres.gpkg"), "c", "ogr").featureCount() == 3, found


def saved_points(path, crs="EPSG:32632"):
    """The clicks as a file that states a CRS."""
    from qgis.core import QgsProject, QgsVectorFileWriter

    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.attributes = "GPKG", [1]
    QgsVectorFileWriter.writeAsVectorFormatV3(
        points(crs=crs), str(path), QgsProject.instance().transformContext(), options
    )
    return path


def qgis_process(name, folder, **parameters):
    """Run an algorithm by ``qgis_process`` in a folder, in a profile where the plugin is enabled."""
    program = next(
        str(p) for p in map(Path, ("/usr/bin/qgis_process.bin", "/usr/bin/qgis_process")) if p.exists()
    )
    settings = Path(os.environ["QGIS_CUSTOM_CONFIG_PATH"]) / "profiles" / "default" / "QGIS" / "QGIS3.ini"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"[resam]\ninterpreter={os.environ['RESAM_TEST_PYTHON']}\n")
    variables = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [program, "plugins", "enable", "resam_qgis"], env=variables, check=True, capture_output=True
    )
    words = [f"{key}={value}" for key, value in parameters.items()]
    done = subprocess.run(
        [program, "run", f"resam:{name}", "--", *words],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]


def check_qgis_process_runs_it(stage):
    out = WORK / "process.gpkg"
    clicks = saved_points(WORK / "process_points.gpkg")
    qgis_process("segmentpoints", WORK, INPUT=SCENE, POINTS=clicks, OUTPUT=out)
    assert QgsVectorLayer(str(out), "out", "ogr").featureCount() == 6


def check_qgis_process_takes_paths_relative_to_its_folder(stage):
    folder = WORK / "relative"
    folder.mkdir()
    for name in ("scene.tif", "objects.gpkg"):
        shutil.copy(FIXTURES / name, folder / name)
    saved_points(folder / "clicks.gpkg")
    common = {"INPUT": "scene.tif", "POINTS": "clicks.gpkg"}
    qgis_process("segmentpoints", folder, **common, OUTPUT="found.gpkg")
    assert QgsVectorLayer(str(folder / "found.gpkg"), "found", "ogr").featureCount() == 6
    qgis_process("evaluate", folder, **common, REFERENCE="objects.gpkg", OUTPUT="scores.json")
    assert json.loads((folder / "scores.json").read_text())["scores"]["overall"]["n"] == 6
    qgis_process("adapttopoints", folder, **common, MINUTES=0.03, OUTPUT="adapter")
    assert (folder / "adapter" / "card.json").is_file()


def check_nothing_is_added_to_the_path_or_the_variables(stage):
    assert not [entry for entry in sys.path if "bundle" in entry]
    assert not {"torch", "rasterio", "engine"} & set(sys.modules)
    assert "PYTHONPATH" not in os.environ


def check_every_module_can_be_imported_without_the_engines_libraries(stage):
    names = ", ".join(repr(name) for name in ("torch", "numpy", "rasterio", "geopandas", "shapely", "peft"))
    plugins = os.environ["RESAM_TEST_PLUGINS"]
    modules = [
        ".".join(path.relative_to(plugins).with_suffix("").parts)
        for path in sorted(Path(plugins, "resam_qgis").rglob("*.py"))
        if "bundle" not in path.parts and path.name != "__init__.py"
    ]
    assert len(modules) > 20
    code = "\n".join(
        [
            "import sys, qgis.core, qgis.gui, qgis.utils, qgis.PyQt.QtWidgets",
            f"for name in ({names}):",
            "    for loaded in [m for m in sys.modules if m.split('.')[0] == name]: del sys.modules[loaded]",
            "    sys.modules[name] = None",
            f"sys.path.append({plugins!r})",
            *(f"import {module}" for module in modules),
            "from resam_qgis import places; places.protocol()",
            "import os; print('imported'); sys.stdout.flush(); os._exit(0)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "imported" in done.stdout, done.stderr[-2000:]

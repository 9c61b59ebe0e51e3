"""Where polygons go: a file that is there loses nothing, and the first Enter asks nothing."""

from inside.dialogs import answered
from inside.stage import SCENE, WORK, Stage, place, settle
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest

__all__ = ["Stage"]

SQUARE = "Polygon((0 0,1 0,1 1,0 1,0 0))"


def write(path, table, kind, shape):
    """A layer with one feature, in a GeoPackage that may be there."""
    layer = QgsVectorLayer(f"{kind}?crs=EPSG:32632&field=name:string", table, "memory")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromWkt(shape))
    feature["name"] = table
    layer.dataProvider().addFeatures([feature])
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", table
    if path.exists():
        options.actionOnExistingFile = QgsVectorFileWriter.ActionOnExistingFile.CreateOrOverwriteLayer
    context = QgsProject.instance().transformContext()
    QgsVectorFileWriter.writeAsVectorFormatV3(layer, str(path), context, options)


def users_file(name):
    """A GeoPackage of the user's with two layers, one with the name that ours would have."""
    path = WORK / name
    path.unlink(missing_ok=True)
    write(path, "trees", "Point", "Point(1 2)")
    write(path, "segments", "Polygon", "Polygon((0 0,1 0,1 1,0 0))")
    return path


def names_in(path, table):
    """The names of the features of a layer in a file."""
    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
    assert layer.isValid(), table
    return [feature["name"] for feature in layer.getFeatures()]


def check_a_geopackage_that_exists_keeps_its_layers_and_gets_one_more(stage):
    layer = stage.open(SCENE)
    path = users_file("the users.gpkg")
    stage.arm()
    with answered(file=path, button="Add layer") as asked:
        QTest.mouseClick(stage.window.dock._new, Qt.MouseButton.LeftButton)
    assert asked[0] == "file"
    assert "trees" in asked[1]
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    out = stage.window.dock.outputs.currentLayer()
    assert out.commitChanges()
    assert names_in(path, "trees") == ["trees"]
    assert names_in(path, "segments") == ["segments"]
    added = QgsVectorLayer(f"{path}|layername=segments_2", "added", "ogr")
    assert added.featureCount() == 1


def check_cancel_leaves_a_geopackage_and_the_project_alone(stage):
    stage.open(SCENE)
    path = users_file("left alone.gpkg")
    before, layers = path.read_bytes(), set(QgsProject.instance().mapLayers())
    with answered(file=path, button="Cancel") as asked:
        QTest.mouseClick(stage.window.dock._new, Qt.MouseButton.LeftButton)
    assert len(asked) == 2
    assert path.read_bytes() == before
    assert set(QgsProject.instance().mapLayers()) == layers


def check_a_file_that_is_open_gets_one_more_layer_too(stage):
    stage.open(SCENE)
    first = stage.output("open.gpkg")
    with answered(button="Add layer"):
        stage.window.dock.make_output(WORK / "open.gpkg")
    second = stage.window.dock.outputs.currentLayer()
    assert second.id() != first.id()
    assert first.isValid()
    assert second.source().endswith("layername=segments_2")


def check_what_is_no_geopackage_is_left_alone(stage):
    stage.open(SCENE)
    path = WORK / "text.gpkg"
    path.write_text("no database")
    with answered() as asked:
        stage.window.dock.make_output(path)
    assert asked == []
    assert "no GeoPackage" in stage.said(), stage.said()
    assert path.read_text() == "no database"


def check_the_first_enter_makes_a_scratch_layer_and_asks_nothing(stage):
    layer = stage.open(SCENE, name="my scene")
    stage.window.dock.outputs.setLayer(None)
    stage.arm()
    stage.tap(stage.pixel_of(*place(0), layer))
    stage.answered()
    with answered() as asked:
        stage.press(Qt.Key.Key_Return)
        settle(0.3)
    assert asked == []
    out = stage.window.dock.outputs.currentLayer()
    assert out.isTemporary()
    assert out.crs() == QgsCoordinateReferenceSystem("EPSG:32632")
    (feature,) = out.getFeatures()
    assert feature.geometry().contains(QgsPointXY(*place(0)))
    assert feature["model"] == "nano"
    assert "scratch" in stage.said()
    stage.tap(stage.pixel_of(*place(1), layer))
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    assert out.featureCount() == 2


def check_the_numbers_of_polygons_begin_at_one_in_every_kind_of_layer(stage):
    from resam_qgis import output_layers

    crs = stage.open(SCENE).crs()
    scratch, shape = output_layers.new_scratch_layer("scratch", crs), QgsGeometry.fromWkt(SQUARE)
    for layer in (scratch, stage.output("numbers.gpkg")):
        for number in (1, 2):
            assert output_layers.next_number(layer) == number, layer.name()
            output_layers.add_polygon(layer, shape, {"prompt_id": number}, crs)
        layer.rollBack()

"""Objects that are accepted beside each other share their borders: a coverage, whatever the order."""

import json
import os
import subprocess

from inside.stage import FIXTURES, WORK, Stage, settle
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

__all__ = ["Stage"]

SIDE, STEP = 512, 0.2
WEST, NORTH = 500_000.0, 5_000_000.0
HOUSES = [(150, 200, 220, 290), (220, 210, 290, 300), (290, 196, 350, 286)]
"""Row houses that touch, in pixels; each is of another colour."""
PAINT = """
import sys, numpy as np, rasterio
from rasterio.transform import from_origin
out, side, step, west, north, *numbers = sys.argv[1:]
side, numbers = int(side), list(map(int, numbers))
rng = np.random.default_rng(0)
pixels = np.full((3, side, side), 70) + rng.normal(0, 4, (3, side, side))
colours = [(190, 90, 80), (110, 120, 190), (210, 180, 100)]
for k, colour in enumerate(colours):
    x0, y0, x1, y1 = numbers[4 * k : 4 * k + 4]
    pixels[:, y0:y1, x0:x1] = np.array(colour)[:, None, None] + rng.normal(0, 4, (3, y1 - y0, x1 - x0))
place = from_origin(float(west), float(north), float(step), float(step))
shape = {"width": side, "height": side, "count": 3, "dtype": "uint8"}
with rasterio.open(out, "w", driver="GTiff", crs="EPSG:32632", transform=place, **shape) as file:
    file.write(pixels.clip(0, 255).astype("uint8"))
"""
JUDGE = """
import json, sys, shapely
shapes = [shapely.from_wkb(bytes.fromhex(text)) for text in json.load(sys.stdin)]
lengths = [a.intersection(b).length for a, b in zip(shapes, shapes[1:])]
wrong = [shape.wkt for shape in shapely.coverage_invalid_edges(shapes) if not shape.is_empty]
areas = [a.intersection(b).area for a, b in zip(shapes, shapes[1:])]
print(json.dumps({"coverage": not wrong, "lengths": lengths, "wrong": wrong, "areas": areas}))
"""


def engine(code, *arguments, text=None):
    """Run code in the engine's Python, which has the libraries that QGIS lacks."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "GDAL", "PROJ"))}
    command = [os.environ["RESAM_TEST_PYTHON"], "-c", code, *map(str, arguments)]
    done = subprocess.run(command, input=text, env=kept, capture_output=True, text=True, check=True)
    return done.stdout


def row_of_houses(stage):
    path = WORK / "row.tif"
    if not path.exists():
        engine(PAINT, path, SIDE, STEP, WEST, NORTH, *(side for house in HOUSES for side in house))
    layer = stage.open(path, zoom=0.5)
    return layer


def middle(number):
    x0, y0, x1, y1 = HOUSES[number]
    return WEST + (x0 + x1) / 2 * STEP, NORTH - (y0 + y1) / 2 * STEP


def judged(layer):
    """Whether the polygons, from west to east, are a coverage, and how much border neighbours share."""
    shapes = sorted((f.geometry() for f in layer.getFeatures()), key=lambda g: g.boundingBox().xMinimum())
    return json.loads(engine(JUDGE, text=json.dumps([bytes(shape.asWkb()).hex() for shape in shapes])))


def click(stage, number, layer):
    stage.tap(stage.pixel_of(*middle(number), layer))


def check_row_houses_that_are_accepted_one_after_the_other_share_their_walls(stage):
    layer = row_of_houses(stage)
    out = stage.output("row.gpkg")
    stage.arm()
    for number in (1, 0, 2):
        click(stage, number, layer)
        stage.answered()
        stage.press(Qt.Key.Key_Return)
        stage.answered()
    assert out.featureCount() == 3, stage.said()
    found = judged(out)
    assert found["coverage"], found
    assert min(found["lengths"]) > 8, found
    stage.shot("row houses")


def check_those_that_are_entered_ahead_of_the_answers_share_them_too(stage):
    layer = row_of_houses(stage)
    out = stage.output("ahead.gpkg")
    stage.arm()
    for number in (0, 1, 2):
        click(stage, number, layer)
        stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert out.featureCount() == 3, stage.said()
    found = judged(out)
    assert found["coverage"], found
    assert min(found["lengths"]) > 8, found


def check_undo_takes_the_last_house_back_and_leaves_the_clicks_of_its_neighbour(stage):
    layer = row_of_houses(stage)
    out = stage.output("back.gpkg")
    stage.arm()
    for number in (0, 1):
        click(stage, number, layer)
        stage.answered()
        stage.press(Qt.Key.Key_Return)
        stage.answered()
    alone = [item.draft for item in stage.controller.session.accepted][:1]
    stage.press(Qt.Key.Key_Backspace)
    settle(0.2)
    assert out.featureCount() == 1
    assert [item.draft for item in stage.controller.session.accepted] == alone
    (only,) = out.getFeatures()
    assert bytes(only.geometry().asWkb()) == stage.controller.session.accepted[0].home.wkb


def check_a_polygon_of_the_users_own_is_a_neighbour_in_another_crs_too(stage):
    layer = row_of_houses(stage)
    own = QgsVectorLayer("Polygon?crs=EPSG:32633&field=class:string", "own", "memory")
    QgsProject.instance().addMapLayer(own)
    x0, y0, x1, y1 = HOUSES[1]
    # A pixel off the wall: the new house closes the gap.
    west, south, east, north = WEST + (x0 + 1) * STEP, NORTH - y1 * STEP, WEST + x1 * STEP, NORTH - y0 * STEP
    house = QgsGeometry.fromWkt(
        f"Polygon(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
    )
    from resam_qgis.layers import transform

    house.transform(transform(layer.crs(), own.crs()))
    drawn = QgsFeature(own.fields())
    drawn.setGeometry(house)
    own.dataProvider().addFeatures([drawn])
    stage.window.dock.outputs.setLayer(own)
    stage.arm()
    click(stage, 0, layer)
    stage.answered()
    stage.press(Qt.Key.Key_Return)
    stage.answered()
    assert own.featureCount() == 2, stage.said()
    found = judged(own)
    assert found["coverage"], found
    assert min(found["lengths"]) > 8, found
    assert FIXTURES.is_dir()
    assert any(f.geometry().contains(QgsPointXY(house.centroid().asPoint())) for f in own.getFeatures())

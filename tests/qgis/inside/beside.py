"""Neighbours of many vertices: what the engine is told of them, and borders that match vertex for vertex."""

import math

from inside.desk import Stage, square
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY

__all__ = ["Stage"]

VERTICES, RADIUS = 3000, 5000.0


def lake():
    """Its shore runs along the western side of the square at 0, with a vertex of its own in the middle."""
    turns = [-math.pi / 2 - math.pi * (number + 1) / (VERTICES + 1) for number in range(VERTICES)]
    far = [QgsPointXY(RADIUS * math.cos(turn), RADIUS * math.sin(turn)) for turn in turns]
    shape = QgsGeometry.fromPolygonXY([[QgsPointXY(0, y) for y in (20, 4, -10)] + far])
    shape.convertToMultiType()
    return shape


def beside_the_lake(stage):
    """An object that is clicked there and entered: what the worker was told, and both polygons."""
    from resam_qgis.session import Click

    layer = stage.scratch("shore")
    stage.controller.target = lambda: layer
    feature = QgsFeature(layer.fields())
    feature.setGeometry(lake())
    layer.dataProvider().addFeatures([feature])
    stage.session.add(Click(5.0, 5.0))
    stage.controller.refresh()
    stage.worker.answer(square(0))
    (told,) = stage.worker.params["neighbours"]
    stage.worker.answer(square(0))
    assert not stage.controller.waiting
    stage.controller.accept()
    shapes = sorted((one.geometry() for one in layer.getFeatures()), key=lambda one: one.area())
    return told, [shape.asWkt(6) for shape in shapes]


def check_of_a_neighbour_with_many_vertices_only_what_lies_near_is_told(stage):
    from resam_qgis import neighbours

    told, shapes = beside_the_lake(stage)
    ((ring,),) = told["coordinates"]
    assert len(ring) < 20
    reach = neighbours.MARGIN * 10
    assert all(-reach <= x <= 10 + reach and -reach <= y <= 10 + reach for x, y in ring)
    assert [0, 4] in ring
    assert shapes[0].count(",") == 5, "it has the vertex of the shore"
    most, neighbours.MANY = neighbours.MANY, 10 * VERTICES
    stage.fresh()
    whole, as_whole = beside_the_lake(stage)
    neighbours.MANY = most
    assert len(whole["coordinates"][0][0]) > VERTICES
    assert shapes == as_whole


def check_a_mask_that_reaches_beyond_what_was_told_is_asked_for_again(stage):
    from resam_qgis.neighbours import Surroundings

    layer = stage.scratch("shore")
    feature = QgsFeature(layer.fields())
    feature.setGeometry(lake())
    layer.dataProvider().addFeatures([feature])
    surroundings = Surroundings(lambda: layer, lambda: None)
    small, large = (
        surroundings.of([{"geometry": {"type": "Polygon", "coordinates": [ring]}}], layer.crs())
        for ring in ([[0, 0], [9, 0], [9, 9], [0, 0]], [[0, -60], [90, 0], [9, 90], [0, -60]])
    )
    assert small.found.keys() == large.found.keys()
    assert not small.serve(large)
    assert large.serve(small)

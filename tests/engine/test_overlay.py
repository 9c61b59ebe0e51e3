"""Set operations on shapes at which GEOS raises, or answers wrongly without a word."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import shapely
from shapely import Polygon, box
from shapely.errors import GEOSException

from engine import overlay
from engine.stages import cleaning, polygons, right_angles
from tests.fakes import no_rows

TOPOLOGY = (
    "010300000002000000310000004C4B79E54618AD40BC9C397591DA80407EF8D2101215AD404605DE6305CC80403EF4C84569"
    "13AD404B657EEC58BD8040E757DB604E11AD40C72B45D7DBAF804052A21CAC230CAD40273423AAF2AB804024EAC68DC50AAD"
    "40EFA781C6039E80404B2017455309AD408C663818ED8D804026ACF032F007AD4052D1EFC2997880404584C5E3D100AD4036"
    "0C498EEA8F80404286134EBAFEAC403D87C16FEA7C80406ACEB9F70CFBAC40B6E4DF80B27980408F22AD644AF7AC40818E96"
    "2E3F7580400B8AF34DEDF3AC40976E80F1BD858040BE359010D2F0AC40CD257D685A8B804070CC76821AECAC4068068A4FE8"
    "7F8040CEFB519703E8AC402FFADA95198280402918587822E4AC405332CBBF1488804096B4279F05E6AC405F0ED354DDA680"
    "40710CF4C3A7E4AC40B85046E4BDB280406AFDB3250FE2AC401D5A3241E8BA804059C60E9176E3AC405A463F8316CB804014"
    "2F1256CED9AC40D503386F56CC8040FA387ADFC2D8AC40531BC1AFDCDB8040EE7A6489F4D9AC4045C6E86AF0EB8040292DEA"
    "B911DDAC400A0D0960BFF98040767A99D9F9D4AC402D93A7A9B71081406B6168AD23DDAC405A080A9644178140CBE36FCB98"
    "DDAC409C1B1BBB462781404018507D7BDFAC404828E08D03358140E8A52CC1DAE2AC40E1B8EAF8AE3D814062BD516729E5AC"
    "40B6BB8A70714A8140EFFE1B1033E8AC40286CF85A7E5481409AFC0E3377ECAC40796EB36E7954814041EB2D1CCBEFAC406D"
    "71FDDDDB5B8140468D9241D5F3AC40AD4CAD8DFD5481408F22AD644AF7AC4030C02D3C3E778140687EB02805FBAC40A05730"
    "14415D8140EDD780E02AFEAC40BBCEAB4699528140C731AE0DEF02AD40106EED37605C814033CEC50C2406AD4031CE3C11D3"
    "528140FF983376910BAD409CF834F2A45581403A595D3DB50AAD40F0A0A9CD9B3981400EF46016AB0DAD40F6A84B8B9F3081"
    "40BE1CC477EC0FAD401FB54AACD3248140729247B6A710AD40589980E6F61581406DE6F3928A16AD4085E74AFC6E0D814035"
    "1125E4781BAD40C40D3D24FEFE80407B23DB389912AD4045C6E86AF0EB80404C4B79E54618AD40BC9C397591DA8040310000"
    "00A9CABDDC7F05AD40E00533172DDE804084DE5B02BE03AD40B5D6B5D4BBE58040210A3E93F102AD40AEC3449183ED804049"
    "18BEE91400AD4073F80A7089F080404FEB39C58901AD401E4304AD0CFE804000F9BB7E8400AD4005A3A4A865068140B97781"
    "C83FFFAC40E9892E0ABF0E81400D4358C991FCAC40BFAF32E0290F8140C1899B6C2CFAAC40E3D82F53E90E814085C7078CC4"
    "F8AC406156B3B38119814081C2DA9BC4F6AC400EC442C69C2381407AFCF4B72EF4AC40F9455C87DA158140989A95DD2CF2AC"
    "4057E622F50A12814006A8BE846AF0AC405317BF53480D81402AD0683A86EDAC40413884915A158140CAC377DB2DECAC40B3"
    "58F17A810C8140DA0FD61CCAEBAC4015802306CF0081407801E89759E8AC40F79CBC0D6304814086C3712467E7AC40E46D1C"
    "0748FC80409AADB90C7AE6AC4034A7FE79B5F480404F8FA7A8DEE4AC40C7AA43856DEE80406391B27F8DE4AC4012D51A0CCF"
    "E58040700BCD5F9FE3AC40148DB108C7DD8040A57B7286BBE2AC40EDB0888D0ED5804052E738FFDAE6AC403742FBE709CE80"
    "40FAF76FDE74E4AC40617001A933C4804068D47B34A0E6AC400D5CEF6A98BE8040FA4B7E59EEE6AC40A7F2553674B68040F0"
    "EBE85574E6AC40EEC245D4EBAA8040EA43A96285E8AC40ADCE593869A6804061DAECE35CE8AC40717C5135719780406FC8C7"
    "F33DECAC40C7ED7C220B9E804043EA90D37EEEAC4075E9EC36239E80404B8175BAC1EFAC40C6E8640BFD92804003D072B6E0"
    "F1AC400F8EE564088F80407AFCF4B72EF4AC40E8991C5ABE9180405C3AD7228EF6AC4006036460F78C80403E60246BD7F8AC"
    "408DCC8CAF818F8040EAEC3D8819FBAC4030FC5B10429280408F655B1DC6FBAC40B22E4D4F76A080403A512AF346FDAC40F3"
    "2869B6A5A580400790E6521EFFAC40BA62C22150A980400A351CCC3404AD40DAC79002E0A380407B6C91557300AD40BBCF95"
    "9CB9B880406D9332A2D401AD4076511BA571BE80408E2B00400F03AD40830FC9941CC5804068B94BC10C02AD401AF17411C1"
    "CD8040255AFBAAC204AD40EDB0888D0ED58040A9CABDDC7F05AD40E00533172DDE8040"
)
"""A valid polygon that others were cut from; subtracting its own opening raises a TopologyException."""
TRIANGLE = (
    "0103000000010000000400000037DD9C07E34F2241E3BF83411FD653410D88D275E74F2241662134661ED65341891D7A"
    "9BE64F2241468311561ED6534137DD9C07E34F2241E3BF83411FD65341"
)
OTHERS = (
    "010600000002000000010300000001000000040000009E39A236E64F224102C79D4E1ED653415121EEE7E84F22410EC3"
    "8D811ED65341B2C51F1DE74F22411A27A65F1ED653419E39A236E64F224102C79D4E1ED6534101030000000100000004"
    "00000075954ADBFA4F224191D01AAF1AD65341A9DA6727EE4F22417B85F2DF1DD653419C66E11BFF4F22418A535A5E1B"
    "D6534175954ADBFA4F224191D01AAF1AD65341"
)
"""Two triangles beside a third, as WKB; GEOS finds nothing of the third outside of them."""
NO_NUMBER = Polygon([(0, 0), (1, float("nan")), (1, 1)])
Patch = pytest.MonkeyPatch


def raising(*arguments: Any, **options: Any) -> Any:
    raise GEOSException("TopologyException: side location conflict")


def test_a_polygon_at_which_geos_raises_is_cleaned() -> None:
    shape = shapely.from_wkb(TOPOLOGY)
    opened = shape.buffer(-0.25, join_style="mitre").buffer(1.01 * 0.25, join_style="mitre")
    with pytest.raises(GEOSException, match="side location conflict"):
        shape.difference(opened)
    failed: set[int] = set()
    (cleaned,) = cleaning.clean_all([shape], 0.0, 4.0, failed)
    assert not failed
    assert cleaned.is_valid
    assert cleaned.area == pytest.approx(shape.area, rel=0.01)
    assert cleaning.clean(shape, 0.0, 4.0).equals(cleaned)


def test_a_sound_shape_comes_out_as_geos_alone_makes_it() -> None:
    one, other = box(0, 0, 1, 1).buffer(0.3), box(0.5, 0.5, 2, 2).buffer(0.1)
    pairs = [
        (overlay.difference(one, other), one.difference(other)),
        (overlay.intersection(one, other), one.intersection(other)),
        (overlay.union([one, other]), shapely.union_all([one, other])),
    ]
    assert all(ours is not None and shapely.to_wkb(ours) == shapely.to_wkb(geos) for ours, geos in pairs)


def test_an_operation_that_fails_on_exact_coordinates_is_done_on_rounded_ones() -> None:
    seen = []

    def operation(shape: Polygon) -> Polygon:
        seen.append(shapely.get_precision(shape))
        if len(seen) < 4:
            raise GEOSException("TopologyException")
        return shape

    assert overlay.attempt(operation, box(0, 0, 1000, 1000)) is not None
    assert seen == [0, 0, 2.0**-30, 2.0**-24]


def test_what_never_works_is_none() -> None:
    assert overlay.attempt(raising, box(0, 0, 1, 1)) is None
    assert overlay.difference(NO_NUMBER, box(0, 0, 1, 1)) is None
    assert overlay.repair(NO_NUMBER) is None


def test_a_wrong_difference_is_noticed_and_computed_on_a_grid(monkeypatch: Patch) -> None:
    real = shapely.difference

    def wrong_at_first(one: Polygon, other: Polygon) -> Any:
        return real(one, other) if shapely.get_precision(one) else one

    monkeypatch.setattr(shapely, "difference", wrong_at_first)
    left = overlay.difference(box(0, 0, 2, 2), box(1, 0, 3, 2))
    assert left is not None
    assert left.equals(box(0, 0, 1, 2))


def test_a_difference_that_geos_gets_wrong_in_the_answer_and_in_its_check_is_noticed() -> None:
    one, others = shapely.from_wkb(bytes.fromhex(TRIANGLE)), shapely.from_wkb(bytes.fromhex(OTHERS))
    wrong = one.difference(others)
    assert wrong.is_empty
    assert wrong.area + one.intersection(others).area == pytest.approx(one.area)
    left = overlay.difference(one, others)
    assert left is not None
    assert left.area == pytest.approx(one.area, rel=1e-4)


def test_a_wrong_check_does_not_change_a_right_answer(monkeypatch: Patch) -> None:
    real = shapely.intersection

    def wrong_at_first(one: Polygon, other: Polygon, **more: Any) -> Any:
        return real(one, other, **more) if shapely.get_precision(one) else Polygon()

    monkeypatch.setattr(shapely, "intersection", wrong_at_first)
    one, other = box(0, 0, 1, 1).buffer(0.3), box(0.5, 0.5, 2, 2).buffer(0.1)
    left = overlay.difference(one, other)
    assert left is not None
    assert shapely.to_wkb(left) == shapely.to_wkb(one.difference(other))


def test_a_union_that_loses_a_disjoint_piece_is_computed_again(monkeypatch: Patch) -> None:
    real = shapely.union_all

    def losing(shapes: list[Polygon]) -> Any:
        return real(shapes) if shapely.get_precision(shapes[0]) else real(shapes[1:])

    monkeypatch.setattr(shapely, "union_all", losing)
    together = overlay.union([box(0, 0, 1, 1), box(2, 0, 4, 1)], disjoint=True)
    assert together is not None
    assert together.area == 3


def test_one_shape_that_cannot_be_asked_for_leaves_the_pairs_of_the_others() -> None:
    tree = shapely.STRtree([box(0, 0, 1, 1), box(5, 5, 6, 6)])
    bow = Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])
    rows, hits = overlay.pairs(tree, [box(0.5, 0.5, 2, 2), bow], "intersects")
    assert list(zip(rows.tolist(), hits.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]

    class Stumbling:
        """A tree that raises as GEOS does at shapes that cross themselves."""

        def query(self, shapes: Any, predicate: str | None = None) -> Any:
            if predicate is not None and not np.all(shapely.is_valid(shapes)):
                raise GEOSException("TopologyException")
            return tree.query(shapes, predicate=predicate)

    rows, hits = overlay.pairs(Stumbling(), [box(0.5, 0.5, 2, 2), bow], "intersects")
    assert list(zip(rows.tolist(), hits.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]


def test_each_pair_is_found_once_and_none_with_what_is_empty() -> None:
    shapes = np.array([box(0, 0, 1, 1), Polygon(), box(3, 0, 4, 1), box(1.5, 0, 2, 1)], dtype=object)

    def found(distance: float) -> list[tuple[int, int]]:
        near = overlay.pairs_once(shapes, partial(shapely.dwithin, distance=distance), distance)
        return sorted(zip(*(rows.tolist() for rows in near), strict=True))

    assert found(0.4) == []
    assert found(0.5) == [(0, 3)]
    assert found(1.0) == [(0, 3), (2, 3)]


def test_a_pair_at_which_geos_raises_is_asked_for_repaired_and_counts_if_that_does_not_help() -> None:
    bow = Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])
    shapes = np.array([box(0, 0, 1, 1), box(2, 5, 3, 5.9), bow, NO_NUMBER], dtype=object)

    def stumbling(one: Any, other: Any) -> Any:
        if not np.all(shapely.is_valid(one) & shapely.is_valid(other)):
            raise GEOSException("TopologyException")
        return shapely.intersects(one, other)

    assert np.transpose(overlay.pairs_once(shapes[:3], stumbling)).tolist() == [[0, 2]]
    left, right = overlay.pairs_once(shapes[[0, 1]], raising, distance=10)
    assert (left.tolist(), right.tolist()) == ([0], [1])


def test_unions_of_rows_are_those_of_each_row() -> None:
    rows = [
        [box(0, 0, 1, 1), box(1, 0, 2, 1)],
        [box(0, 0, 3, 1).buffer(0.2), None],
        [box(5, 5, 6, 6), Polygon()],
    ]
    table = np.array(rows, dtype=object)
    singly = [overlay.union([shape for shape in row if shape is not None], disjoint=True) for row in rows]
    assert shapely.to_wkb(overlay.union_rows(table)).tolist() == shapely.to_wkb(singly).tolist()


def test_an_opening_that_would_take_more_than_it_can_leaves_the_outline_as_it_was(monkeypatch: Patch) -> None:
    real = shapely.buffer

    def losing(shapes: Any, by: float, **more: Any) -> Any:
        return real(shapes, by - 4.5 if by > 0 else by, **more)

    monkeypatch.setattr(shapely, "buffer", losing)
    failed: set[int] = set()
    assert cleaning.clean_all([box(0, 0, 10, 10)], 0.0, 4.0, failed) == [box(0, 0, 10, 10)]
    assert failed == {0}


def test_what_cannot_be_taken_apart_or_simplified_stays_as_it_was(monkeypatch: Patch) -> None:
    pair = [box(0, 0, 10, 10), box(5, 0, 15, 10)]
    monkeypatch.setattr(overlay, "attempt", lambda operation, *shapes: None)
    monkeypatch.setattr(overlay, "attempt_rows", no_rows)
    failed: set[int] = set()
    assert polygons.simplify(pair, 0.5, failed) == pair
    assert failed == {0, 1}
    monkeypatch.setattr(overlay, "difference", lambda one, other: None)
    failed = set()
    assert cleaning.remove_overlaps(pair, [0.9, 0.8], failed) == pair
    assert failed == {1}


def test_one_outline_that_stops_the_squaring_package_leaves_the_others_theirs(monkeypatch: Patch) -> None:
    real, ragged = right_angles._squared, box(20, 0, 40, 10).union(box(22, 10, 24, 10.4))

    def stopping(geoms: dict[int, Polygon], tolerance: float) -> Any:
        if any(shape.area < 2 for shape in geoms.values()):
            raise IndexError("index 0 is out of bounds for axis 0 with size 0")
        return real(geoms, tolerance)

    monkeypatch.setattr(right_angles, "_squared", stopping)
    shapes, done = right_angles.regularize([box(0, 0, 1, 1), ragged], 1.0)
    assert shapes[0] == box(0, 0, 1, 1)
    assert done == [False, True]


def test_rows_at_which_geos_raises_are_left_out_and_the_others_answered() -> None:
    shapes = np.array([box(k, 0, k + 1, 1) for k in range(9)], dtype=object)

    def stumbling(some: np.ndarray) -> np.ndarray:
        if any(shape.bounds[0] in (3, 4, 8) for shape in some):
            raise GEOSException("TopologyException")
        return shapely.centroid(some)

    found, done = overlay.attempt_rows(stumbling, shapes)
    assert np.flatnonzero(~done).tolist() == [3, 4, 8]
    assert [None if point is None else point.x for point in found] == [
        *(0.5, 1.5, 2.5, None, None, 5.5, 6.5, 7.5, None)
    ]


def test_a_wrong_difference_among_rows_is_noticed_and_computed_again(monkeypatch: Patch) -> None:
    real = shapely.difference

    def wrong_at_first(ones: Any, others: Any) -> Any:
        return ones if isinstance(ones, np.ndarray) else real(ones, others)

    monkeypatch.setattr(shapely, "difference", wrong_at_first)
    ones = np.array([box(0, 0, 2, 2), box(0, 0, 1, 1)], dtype=object)
    others = np.array([box(1, 0, 3, 2), box(5, 5, 6, 6)], dtype=object)
    assert shapely.area(overlay.difference_rows(ones, others)).tolist() == [2, 1]


def test_the_grid_of_each_row_is_that_of_the_shape_alone() -> None:
    shapes = [box(0, 0, 1, 1), box(-5e6, 0, 1, 2), Polygon(), NO_NUMBER, box(1e-7, 0, 2e-7, 1e-7)]
    sizes = overlay.grid_sizes(np.array(shapes, dtype=object), 40)
    assert sizes.tolist() == [overlay.grid_size([shape], 40) for shape in shapes]
    assert overlay.grid_sizes(np.array([], dtype=object), 40).tolist() == []

"""What the checks compare outlines by."""

ROUNDING = 1e-5
"""Of the area. Contours run between pixels, so sums over another number of threads move them: by less than a
millionth of the area, while an option that one of two runs forgets changes many times as much as this."""


def assert_same_outline(one, other):
    """Hold that two geometries differ by rounding alone."""
    apart = one.symDifference(other).area() / one.area()
    assert apart < ROUNDING, f"{apart:.1e} of the area differs"

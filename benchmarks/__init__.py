"""Measurements of speed and memory, run by ``make bench``: they report numbers and fail on none."""

"""Boxes only."""

"""Stands in for torchvision: what Meta's predictors import, for tiles that already have the right size."""

"""Tests of training.find."""

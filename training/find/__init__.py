"""Find every object that looks like a few examples. Imports adapt, for the model alone."""

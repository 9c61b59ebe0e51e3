"""The method: adapting a model to points. Imports the engine and the ground floor of training."""

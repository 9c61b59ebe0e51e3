"""The jobs of a run on many processes or machines, by Dask."""

"""The stages of one run: a tile's prompts to segments, segments to one layer. Imports all but serving."""

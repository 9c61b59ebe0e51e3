"""Files in: any raster as windows of RGB, any vector layer as prompts. Imports the ground floor alone."""

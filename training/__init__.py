"""Makes models and measures them. Imports the engine; the engine never imports this package."""

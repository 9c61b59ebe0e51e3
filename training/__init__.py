"""Makes models and measures them. Imports the engine; the engine never imports this package."""

from engine.threads import settle

settle()

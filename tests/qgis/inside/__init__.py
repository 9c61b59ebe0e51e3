"""What runs inside the real QGIS; pytest itself never imports it."""

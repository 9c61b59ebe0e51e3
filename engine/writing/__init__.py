"""Results out: layers with their run record and style, and pictures. Imports reading and the ground floor."""

"""The networks behind one seam, their weights and their adapters. Imports the ground floor alone."""

"""The pages of the dock beside the first."""

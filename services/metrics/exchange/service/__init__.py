"""Use cases of figures in files."""

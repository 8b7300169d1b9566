"""Recorders for loops that are not ours: what they leave is the same Run that ``minimize`` returns."""

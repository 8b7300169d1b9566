"""The gallery's functions, one per file: formula, gradient, box, start, known minimum, citation."""

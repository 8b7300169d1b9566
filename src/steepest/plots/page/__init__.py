"""Pages that draw in the browser: their data, and one self-contained file of them. The drawing is in ``drawing/``."""

"""WHAT happened: outcomes, the path, and the record of a run, as data only."""

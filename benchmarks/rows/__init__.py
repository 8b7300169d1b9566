"""One file per group of rows; ``rows(quick)`` yields them. A new file here is found by its name."""

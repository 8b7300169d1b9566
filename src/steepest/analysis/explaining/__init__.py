"""From a run's record and its problem to a verdict: the evidence in numbers, one verdict a file, what to try."""

"""Sums of squares to test optimisers with: the set of More, Garbow and Hillstrom and that of More and Wild, one problem
a file; what they share is in files that begin with an underscore."""

"""The compiled engine for sparse data (CSR): no copy of X, no work for its zeros where the rule allows that."""

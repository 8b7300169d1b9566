"""Speed against peers, by ratios within one run: ``python -m benchmarks`` from the repository's root."""

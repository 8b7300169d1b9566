"""Measurements that end in a picture: ``python -m benchmarks.studies.NAME``."""

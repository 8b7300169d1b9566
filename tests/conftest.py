"""Hypothesis runs without a deadline (a kernel may be compiled inside an example) and draws the same examples every
time; ``--hypothesis-profile=explore`` draws new ones, and more of them."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("explore", deadline=None, max_examples=300)
settings.load_profile("steady")

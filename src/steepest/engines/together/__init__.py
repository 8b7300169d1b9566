"""Many runs of one problem together: each is the run it would be alone, and costs a share of each pass."""

from .endings import NOT_RUN, Endings, Summary
from .running import run_together

__all__ = ["NOT_RUN", "Endings", "Summary", "run_together"]

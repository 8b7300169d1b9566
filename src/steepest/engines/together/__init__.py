"""Many runs of one problem together: each is the run it would be alone, and costs a share of each pass."""

from .alike import Alike
from .endings import Endings
from .running import run_together
from .summary import NOT_RUN, Summary

__all__ = ["NOT_RUN", "Alike", "Endings", "Summary", "run_together"]

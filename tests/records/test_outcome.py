"""The ways a run can end."""

from steepest.records.outcome import Outcome


def test_success_is_true_for_the_first_two_only():
    names = [
        "CONVERGED", "F_TARGET", "MAX_ITER", "MAX_EVALS", "TIME_LIMIT", "STALLED", "UNBOUNDED", "DIVERGED",
        "NOT_FINITE", "STOPPED", "INTERRUPTED",
    ]  # fmt: skip
    assert [outcome.name for outcome in Outcome] == names
    assert [outcome.name for outcome in Outcome if outcome.success] == names[:2]


def test_failed_is_where_the_numbers_went_wrong():
    assert {outcome.name for outcome in Outcome if outcome.failed} == {"UNBOUNDED", "DIVERGED", "NOT_FINITE"}


def test_a_status_is_a_number_of_its_own():
    assert sorted(outcome.value for outcome in Outcome) == [*range(len(Outcome))]

"""What watching costs a torch training: a network of 2,410 or 9,010 parameters on the digits, minibatches of 128."""

import functools
from collections.abc import Iterator
from typing import Any

from sklearn.datasets import load_digits

from ..harness import SHARE, Row, busy_seconds_of, installed, paired

BATCH, EVERY = 128, 10


def network(hidden: int) -> tuple[Any, Any, Any, Any]:
    """``(model, optimizer, X, y)``, the same each time."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    X, y = load_digits(return_X_y=True)
    model = torch.nn.Sequential(torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return model, optimizer, torch.tensor(X, dtype=torch.float32) / 16, torch.tensor(y)


def train(hidden: int, steps: int, how: str) -> None:
    """``how``: "bare", "told" (each step's own loss is told to the record) or "asked" (the record asks for the loss of
    a fixed batch)."""
    import torch

    from steepest.verbs.watching.starting import watch

    model, optimizer, X, y = network(hidden)
    criterion = torch.nn.functional.cross_entropy

    def loop(told: Any) -> None:
        for t in range(steps):
            at = (BATCH * t) % (len(X) - BATCH)
            optimizer.zero_grad()
            value = criterion(model(X[at : at + BATCH]), y[at : at + BATCH])
            value.backward()
            told(value)
            optimizer.step()

    if how == "bare":
        loop(lambda value: None)
        return
    loss = (lambda: criterion(model(X[:BATCH]), y[:BATCH])) if how == "asked" else None
    with watch(optimizer, model=model, loss=loss, every=EVERY, progress=False) as record:
        loop(record.loss if how == "told" else lambda value: None)
    assert len(record.run.history) == steps // EVERY + 1


def rows(quick: bool) -> Iterator[Row]:
    steps, pairs = (100, 2) if quick else (400, 9)
    for hidden, what in ((32, "2,410"), (120, "9,010")):
        for how, required in (("told", 1.20), ("asked", 1.40)):
            name = f"torch network of {what} parameters watched every {EVERY} steps, its loss {how}"
            if not installed("torch"):
                yield Row(name, "the same training", missing="torch")
                continue
            timed, alone = (
                busy_seconds_of(functools.partial(train, hidden, steps, kind), steps) for kind in (how, "bare")
            )
            yield Row(name, "the same training", paired(timed, alone, pairs), SHARE, required)

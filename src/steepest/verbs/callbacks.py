"""The user's callback as the engines call it: after each row, with w or with the running Run."""

import inspect
from collections.abc import Callable
from typing import Any

from ..base.errors import ArgumentTypeError
from ..base.text import listing
from ..base.trees import Tree
from ..engines.session import CallbackStop, Session
from .run import Run

__all__ = ["as_callback"]


def as_callback(callback: Callable[..., None] | None, wrap: Callable[[Session], Run], tree: Tree | None) -> Any:
    """The user's callback as the engines call it: with the session."""
    if callback is None:
        return None
    if not callable(callback):
        raise ArgumentTypeError(f"callback must be callable; got {callback!r}")
    try:
        names = list(inspect.signature(callback).parameters)
    except (TypeError, ValueError):
        names = []
    whole = names == ["intermediate_result"]
    if not whole and not takes_one(callback):
        raise ArgumentTypeError(
            f"callback must take one argument, w (or intermediate_result, the running Run); it takes "
            f"{listing(names, 'and') or 'none'}"
        )

    def call(session: Session) -> None:
        w = session.w.copy()
        shaped = w if tree is None else tree.unravel(w)
        try:
            answer = callback(intermediate_result=wrap(session)) if whole else callback(shaped)
        except StopIteration:
            raise CallbackStop from None
        if answer is not None:
            raise ArgumentTypeError(f"callback must return None (raise StopIteration to stop); it returned {answer!r}")

    return call


def takes_one(callback: Callable[..., None]) -> bool:
    """Whether it can be called with w; True where its signature cannot be read."""
    try:
        inspect.signature(callback).bind(None)
    except TypeError:
        return False
    except ValueError:
        return True
    return True

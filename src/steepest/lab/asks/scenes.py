"""``scenes``: the guided scenes, each a state of the page with its title and two sentences."""

from typing import Any

from .. import scenes
from ..work import Job

__all__ = ["ask"]

slow = False


def ask(arguments: dict[str, Any], job: Job) -> dict[str, Any]:
    """Takes no arguments."""
    return {"scenes": [scene._asdict() for scene in scenes.SCENES]}

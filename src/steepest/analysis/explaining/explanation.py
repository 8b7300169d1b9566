"""What ``run.explain()`` gives: the verdict, why, since when, and what to try."""

import html
import json
from dataclasses import dataclass, field
from typing import Any

from ...base.text import number
from ...methods.schedules.schedule import as_schedule, spelled
from ...records.storage import dumps

__all__ = ["Explanation", "spelled_changes"]


@dataclass(frozen=True)
class Explanation:
    """``verdict`` is the primary one by name, ``others`` those that hold besides; ``confidence`` is "clear", "likely"
    or "unsure". ``sentences`` say why, ``text`` is all of them in one; ``evidence`` holds the numbers by name;
    ``began`` is the iteration (epoch) since which it has been so. ``advice`` are hyper-parameters to try, or None;
    ``advice_text`` says what they are predicted to do, or what else to do. ``unseen`` names what could not be looked
    at."""

    verdict: str
    others: tuple[str, ...]
    confidence: str
    sentences: tuple[str, ...]
    evidence: dict[str, float]
    began: int
    advice: dict[str, Any] | None
    advice_text: str
    unseen: tuple[str, ...] = ()
    title: str = field(default="", repr=False)
    unit: str = field(default="iteration", repr=False)

    @property
    def text(self) -> str:
        return f"{self.verdict}: {'; '.join(self.sentences)}"

    def lines(self) -> list[str]:
        """The explanation as the terminal shows it, without its title."""
        rows = [("why", sentence) for sentence in self.sentences]
        rows.append(("since", f"{self.unit} {self.began:,}"))
        rows += [("besides", ", ".join(self.others))] if self.others else []
        if self.advice:
            rows.append(("try", f"{spelled_changes(self.advice)}{f': {self.advice_text}' if self.advice_text else ''}"))
        elif self.advice_text:
            rows.append(("try", self.advice_text))
        rows += [("unseen", part) for part in self.unseen]
        shown: list[str] = []
        for k, (label, text) in enumerate(rows):
            again = k > 0 and rows[k - 1][0] == label
            shown.append(f"  {'' if again else label:<8}{text}")
        return shown

    def __str__(self) -> str:
        return "\n".join([f"{self.verdict.upper()} ({self.confidence})", *self.lines()])

    def __repr__(self) -> str:
        return "\n".join([f"<Explanation of {self.title}: {self.verdict}, {self.confidence}>", *self.lines()])

    def _repr_html_(self) -> str:
        body = "\n".join(self.lines())
        head = f"<b>{html.escape(self.verdict)}</b> ({html.escape(self.confidence)}), {html.escape(self.title)}"
        return f"<div>{head}<pre>{html.escape(body)}</pre></div>"

    def to_dict(self) -> dict[str, Any]:
        """Plain values; schedules as recipes hold them."""
        advice = None if self.advice is None else {key: plain(value) for key, value in self.advice.items()}
        whole = {
            "verdict": self.verdict, "others": list(self.others), "confidence": self.confidence, "text": self.text,
            "began": self.began, "unit": self.unit, "evidence": dict(self.evidence), "advice": advice,
            "advice_text": self.advice_text, "unseen": list(self.unseen),
        }  # fmt: skip
        found: dict[str, Any] = json.loads(dumps(whole))
        return found

    def to_json(self) -> str:
        """Standard JSON; numbers that are not finite are strings."""
        return dumps(self.to_dict())


def plain(value: Any) -> Any:
    return value if isinstance(value, (int, float)) else spelled(value)


def spelled_changes(changes: dict[str, Any]) -> str:
    """``learning_rate=0.012, momentum=0.9``; a schedule by its class."""
    return ", ".join(f"{key}={spelled_value(value)}" for key, value in changes.items())


def spelled_value(value: Any) -> str:
    if isinstance(value, (int, float)):
        return number(value).replace(",", "")
    schedule = as_schedule(value)
    fields = ", ".join(number(part).replace(",", "") for part in value if not isinstance(part, bool))
    return f"steepest.schedules.{type(schedule).__name__}({fields})"

"""What a study leaves behind: its numbers as JSON, and a picture of them."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["asked", "put"]


def asked(name: str, description: str, quick: str, out: Path, words: Sequence[str] | None) -> argparse.Namespace:
    """The command line of a study: --quick (which ``quick`` explains) and --out, the folder."""
    parser = argparse.ArgumentParser(f"python -m benchmarks.studies.{name}", description=description)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--out", type=Path, default=out, help=f"the folder ({out.parent.name}/{out.name})")
    return parser.parse_args(words)


def put(found: dict[str, Any], folder: Path, name: str, drawn: Callable[[dict[str, Any], Path], None]) -> None:
    """Writes NAME.json and, by ``drawn``, NAME.png, and says so."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    drawn(found, path.with_suffix(".png"))
    print(f"written to {path} and {path.with_suffix('.png')}")

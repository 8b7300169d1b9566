"""What the commands' flags share: sections in the help, the kinds of values, --format --save --plot."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from ..base.errors import ArgumentError
from ..base.text import listing

__all__ = ["NONE", "Bounds", "Flag", "Number", "Record", "SectionedCommand", "Setting", "Vector", "format_flag"]


if TYPE_CHECKING:
    Kind = click.ParamType[Any]  # generic since click 8.4
else:
    Kind = click.ParamType


class Nothing:
    """Stands for a given None, where None itself means that a flag was not given."""

    def __repr__(self) -> str:
        return "none"


NONE = Nothing()


class Flag(click.Option):
    """An option with the section of the help that shows it."""

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help groups its flags by section, in the order of their first flags."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for param in sorted(options, key=lambda option: not isinstance(option, Flag)):  # --help comes last
            row = param.get_help_record(ctx)
            if row is not None:
                sections.setdefault(getattr(param, "section", "Other"), []).append(row)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows, col_max=28)


def words_of(text: str) -> list[str]:
    """The parts of ``-1.2, 1``, of ``(-1.2, 1)`` and of ``[-1.2, 1]``."""
    return [word.strip() for word in text.strip().strip("()[]").split(",")]


def _flag(param: click.Parameter | None) -> str:
    return param.opts[0] if param is not None else "the value"


def numbers(words: Iterable[str]) -> list[float] | None:
    """The words as numbers; None where one is none."""
    try:
        return [float(word) for word in words]
    except ValueError:
        return None


class Number(Kind):
    """A number, or one of a few words, each with what it stands for. Ranges are checked where they are known, by
    ``minimize`` and by the methods' fields."""

    name = "number"

    def __init__(self, **words: Any) -> None:
        self.words = words

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "|".join(["NUMBER", *self.words])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        if value.lower() in self.words:
            return self.words[value.lower()]
        for kind in (int, float):
            try:
                return kind(value)
            except ValueError:
                continue
        raise ArgumentError(f"{_flag(param)} must be {listing(['a number', *self.words])}; got {value!r}")


class Setting(Number):
    """A number of a method: a plain one, or a schedule or line search written as a call, ``cosine(0.1, end=0)``, its
    arguments numbers. Nothing is evaluated: names come from the folders of both, numbers are read by ``float``."""

    CALL = re.compile(r"([A-Za-z_][\w-]*) *(?:\(([^()]*)\))?")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        call = self.CALL.fullmatch(value.strip()) if isinstance(value, str) else None
        if call is None:
            return super().convert(value, param, ctx)
        from ..methods import line_search, schedules

        name, inside = call[1].lower().replace("-", "_"), call[2]
        if name in line_search.names():
            return called(line_search.find(name), name, inside or "")
        if name in schedules.names() or inside is not None:
            return called(schedules.find(name), name, inside or "")
        return super().convert(value, param, ctx)


def called(kind: Any, name: str, inside: str) -> Any:
    """An object of the NamedTuple class ``kind`` from ``0.1, end=0``; ``name`` is how the user calls it."""
    fields = [field for field in kind._fields if field != "per_epoch"]  # a function has no epochs
    takes = f"{name} takes {listing(fields, 'and')}, as numbers"
    given: dict[str, float] = {}
    words = [word.strip() for word in inside.split(",")] if inside.strip() else []
    for word, place in zip(words, [*fields, *[""] * len(words)], strict=False):
        field, equals, text = word.rpartition("=")
        field, found = field.strip() if equals else place, numbers([text])
        if field not in fields or field in given or found is None:
            raise ArgumentError(f"{takes}; got {word!r}")
        given[field] = found[0]
    missing = [field for field in fields if field not in given and field not in kind._field_defaults]
    if missing:
        raise ArgumentError(f"{takes}; {listing(missing, 'and')} must be given, as in {name}({missing[0]}=1)")
    return kind(**given)


class Vector(Kind):
    """Numbers parted by commas."""

    name = "vector"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "NUMBER,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = numbers(words_of(value)) if isinstance(value, str) else value
        if found is None:
            raise ArgumentError(f"{_flag(param)} must be numbers parted by commas, such as -1.2,1; got {value!r}")
        return found


class Bounds(Kind):
    """``low,high`` for every variable, or one such pair for each, parted by semicolons; becomes (lows, highs)."""

    name = "bounds"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "LOW,HIGH[;...]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [numbers(words_of(pair)) for pair in value.split(";")]
        if any(pair is None or len(pair) != 2 for pair in pairs):
            raise ArgumentError(f"{_flag(param)} must be low,high or low,high;low,high;...; got {value!r}")
        lows, highs = ([pair[side] for pair in pairs if pair is not None] for side in (0, 1))
        return (lows[0], highs[0]) if len(pairs) == 1 else (lows, highs)


class Record(Kind):
    """What to keep: a word, every how many rows, or the names of columns."""

    name = "record"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "WHAT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or value in ("auto", "all", "none"):
            return value
        try:
            return int(value)
        except ValueError:
            names = tuple(words_of(value))
        if "updates" in names:
            raise ArgumentError(
                f"{_flag(param)} updates shows the single updates of an epoch, and a function has no epochs; "
                f"use auto, all, none, a number or names of columns"
            )
        return names


def format_flag(csv: str) -> Flag:
    """``--format``, the same for every command; ``csv`` says what the csv holds."""
    return Flag(
        ["--format"], type=click.Choice(["table", "json", "csv"]), default="table", section="Output",
        help=f"table (default), json (the summary) or csv ({csv})",
    )  # fmt: skip

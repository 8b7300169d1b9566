"""How much the pages of a Parquet file hold by their own headers, which a reader takes memory by: the file's summary of
them may say anything. The headers are structs of Thrift's compact protocol."""

from typing import IO, Any

__all__ = ["page_bytes"]

HEADER, MOST_PAGES = 1 << 16, 100_000
"""Bytes of a header that are looked at; statistics make it some hundred. Pages of a file."""
UNCOMPRESSED, COMPRESSED = 2, 3
"""The fields of a header that hold sizes."""


class _Damaged(Exception):
    """What is there is no header."""


def page_bytes(file: IO[bytes], metadata: Any) -> int:
    """The bytes of all pages, decompressed. Raises ValueError where they are damaged."""
    total = pages = 0
    for group in range(metadata.num_row_groups):
        for k in range(metadata.num_columns):
            column = metadata.row_group(group).column(k)
            starts = [column.data_page_offset]
            starts += [column.dictionary_page_offset] if column.has_dictionary_page else []
            at = min(starts)
            end = at + column.total_compressed_size
            while at < end:
                file.seek(at)
                uncompressed, compressed, length = sizes(file.read(HEADER))
                total, at, pages = total + uncompressed, at + length + compressed, pages + 1
                if pages > MOST_PAGES:
                    raise ValueError(f"the file has more than {MOST_PAGES:,} pages")
    return total


def sizes(data: bytes) -> tuple[int, int, int]:
    """``(uncompressed, compressed, length of the header)`` of the page header that ``data`` begins with."""
    try:
        found, length = _struct(data, 0, 0)
        uncompressed, compressed = found[UNCOMPRESSED], found[COMPRESSED]
    except (IndexError, KeyError, _Damaged):
        raise ValueError("a page of the file has no header") from None
    if uncompressed < 0 or compressed < 0:
        raise ValueError("a page of the file has a negative size")
    return uncompressed, compressed, length


def _struct(data: bytes, at: int, depth: int) -> tuple[dict[int, int], int]:
    """The whole numbers among a struct's fields, and where it ends."""
    if depth > 8:
        raise _Damaged
    found: dict[int, int] = {}
    field = 0
    while (head := data[at]) != 0:
        at += 1
        kind, step = head & 15, head >> 4
        if step:
            field += step
        else:
            field, at = _whole(data, at)
        if kind in (4, 5, 6):
            found[field], at = _whole(data, at)
        else:
            at = _past(data, at, kind, depth)
    return found, at + 1


def _past(data: bytes, at: int, kind: int, depth: int) -> int:
    """Where a value ends that is of no interest."""
    if kind in (1, 2):  # true or false, in the field's own byte
        return at
    if kind == 3:
        return at + 1
    if kind in (4, 5, 6):
        return _whole(data, at)[1]
    if kind == 7:
        return at + 8
    if kind == 8:
        size, at = _unsigned(data, at)
        return at + size
    if kind in (9, 10):
        size, of = data[at] >> 4, data[at] & 15
        at += 1
        if size == 15:
            size, at = _unsigned(data, at)
        if size > len(data):
            raise _Damaged
        for _ in range(size):
            at = at + 1 if of in (1, 2) else _past(data, at, of, depth + 1)
        return at
    if kind == 12:
        return _struct(data, at, depth + 1)[1]
    raise _Damaged


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise _Damaged


def _whole(data: bytes, at: int) -> tuple[int, int]:
    """A signed number, zigzag."""
    value, at = _unsigned(data, at)
    return (value >> 1) ^ -(value & 1), at

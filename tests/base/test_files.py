"""Files that are written: whole or not at all, and a sentence where they cannot be."""

import os

import pytest

from steepest.base.errors import ArgumentError, ArgumentTypeError
from steepest.base.files import refuse_unwritable, write_bytes, write_text, writing


def test_what_is_written_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "a.csv"
    assert write_text(str(path), "x\né\n") == path
    assert path.read_bytes() == b"x\n\xc3\xa9\n"
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_block_that_breaks_off_keeps_what_was_there(tmp_path):
    path = write_text(tmp_path / "a.csv", "whole")

    def half():
        with writing(path) as place:
            place.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert path.read_text() == "whole"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_the_file_beside_has_the_same_suffix(tmp_path):
    with writing(tmp_path / "a.tar.gif") as place:
        assert place.suffix == ".gif"
        assert place.parent == tmp_path.resolve()
        place.write_text("")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without pipes")
def test_what_is_no_ordinary_file_is_written_to_itself():
    write_text(os.devnull, "x")
    assert not os.path.isfile(os.devnull)


def test_a_link_stays_a_link(tmp_path):
    target, link = write_text(tmp_path / "target.txt", "old"), tmp_path / "link.txt"
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def refusals(tmp_path):
    """What cannot be written, and what the sentence says of it."""
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").write_text("x")
    return {
        tmp_path / "none" / "a.npz": r"path '.*a\.npz': the folder '.*none' does not exist; make it first",
        tmp_path / "folder.npz": r"path '.*folder\.npz' cannot be written: it is a folder; name a file in it",
        tmp_path / "file" / "a.npz": r"path '.*a\.npz': '.*file' is a file; name a folder in its place",
        tmp_path / f"{300 * 'a'}.npz": r"path '.*' cannot be written: File name too long",
    }


def test_what_cannot_be_written_is_one_sentence(tmp_path):
    for path, says in refusals(tmp_path).items():
        with pytest.raises(ArgumentError, match=f"^{says}$"):
            write_text(path, "x")
    with pytest.raises(ArgumentError, match=r"^checkpoint '.*' cannot be written: it is a folder; name a file in it$"):
        refuse_unwritable(tmp_path, "checkpoint")
    with pytest.raises(ArgumentTypeError, match="path must be the name of a file; got 3"):
        write_text(3, "x")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder.npz"]

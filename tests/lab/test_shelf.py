"""The shelf: so many things, so many bytes of them, shared parts counted once."""

from steepest.lab.shelf import Shelf


def test_the_oldest_go_where_there_are_too_many():
    shelf = Shelf(3, 1000)
    for name in "abcd":
        shelf.put(name, name.upper(), {ord(name): 10})
    assert [shelf.get(name) for name in "abcd"] == [None, "B", "C", "D"]


def test_what_was_asked_for_is_new_again():
    shelf = Shelf(2, 1000)
    shelf.put("a", 1, {})
    shelf.put("b", 2, {})
    assert shelf.get("a") == 1
    shelf.put("c", 3, {})
    assert (shelf.get("a"), shelf.get("b"), shelf.get("c")) == (1, None, 3)


def test_bytes_are_bounded_and_shared_parts_count_once():
    shelf = Shelf(100, 100)
    for k in range(5):
        shelf.put(f"run {k}", k, {1: 60, 10 + k: 10})
    assert len(shelf) == 4
    assert shelf.size() == 100
    shelf.put("large", "large", {2: 500})
    assert len(shelf) == 1
    assert shelf.get("large") == "large"
    shelf.clear()
    assert (len(shelf), shelf.size()) == (0, 0)

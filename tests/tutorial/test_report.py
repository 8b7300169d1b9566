"""The written report: its files, the figures, and the one page that needs nothing beside it."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import matplotlib.image
import numpy as np
import pytest

from steepest.tutorial import write_report
from steepest.tutorial.article import NAMES
from steepest.tutorial.figures import PLANS

TABLES = (
    "grid", "errors", "versus", "costs", "forecast", "stability", "names", "ravine", "basins", "ten-digits", "maps",
    "batch-sizes", "overshooting", "restarts", "advice", "claims",
)  # fmt: skip
FIGURES = [*(plan.name for plan in PLANS), *(f"table-{name}" for name in TABLES)]
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Collects the elements of a page, checks that they close, and keeps the text; ``prose`` is without the code."""

    def __init__(self):
        super().__init__()
        self.elements, self.open, self.texts, self.prose = [], [], [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)
            if "pre" not in self.open:
                self.prose.append(data)

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="session")
def source(written):
    return written.page.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(source):
    reader = Reader()
    reader.feed(source)
    reader.close()
    return reader


# -- files ---------------------------------------------------------------------------------------------------------


def test_writes_its_files_and_returns_the_page(written):
    assert written.page == written.folder / "report.html"
    names = {path.name for path in written.folder.iterdir()}
    assert names == {"report.html", "results.json", "tutorial.ipynb", "tutorial.py", "figures"}


def test_leaves_the_users_files_alone_and_replaces_its_own(written, source):
    assert (written.folder / "figures" / "mine.txt").read_text() == "mine"
    assert source.startswith("<!DOCTYPE html>")


def test_the_figures_are_those_and_no_others(written):
    expected = {f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")} | {"mine.txt"}
    assert {path.name for path in (written.folder / "figures").iterdir()} == expected


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_a_picture_of_something(written, name):
    pixels = matplotlib.image.imread(written.folder / "figures" / f"{name}.png")[..., :3]
    assert min(pixels.shape[:2]) > 100
    inked = (pixels < 0.9).any(axis=2)
    assert inked.mean() > 0.005
    edge = np.concatenate((inked[:2].ravel(), inked[-2:].ravel(), inked[:, :2].ravel(), inked[:, -2:].ravel()))
    assert not edge.any(), "something is cut off at the edge"
    root = ElementTree.parse(written.folder / "figures" / f"{name}.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    drawn = [node for node in root.iter() if node.tag.rpartition("}")[2] in ("path", "use", "image")]
    assert len(drawn) > 20


def test_numpys_global_generator_is_untouched(written):
    np.testing.assert_array_equal(written.before["state"]["key"], written.after["state"]["key"])
    assert written.before["state"]["pos"] == written.after["state"]["pos"]


def test_says_what_it_is_doing_a_line_at_a_time(written):
    assert all(isinstance(line, str) and line and "\n" not in line for line in written.lines)
    assert f"figure 1 of {len(FIGURES)}: contours-and-path" in written.lines
    assert all(line.isascii() for line in written.lines)


# -- the page ------------------------------------------------------------------------------------------------------


def test_the_page_loads_nothing(source, page):
    assert page.open == []
    assert not page.all("script", "link", "iframe", "object", "embed", "base", "form", "video", "audio")
    for attributes in (attributes for _, attributes in page.elements):
        for name in ("src", "href", "srcset", "poster", "data", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/svg+xml;base64,", "data:image/png;base64,"))
        assert not any(name.startswith("on") for name in attributes)
    assert "http:" not in source
    assert "https:" not in source
    assert "url(" not in source
    assert "@import" not in source


def test_the_figures_in_the_page_load_nothing_either(page):
    for attributes in page.all("img"):
        kind, _, content = attributes["src"].partition(",")
        if "svg" in kind:
            svg = base64.b64decode(content).decode()
            assert "<script" not in svg
            assert not re.search(r'href="(?!#|data:)', svg)


def test_every_figure_is_in_the_page_with_words_for_it(page):
    assert {attributes.get("id") for attributes in page.all("figure")} == {plan.name for plan in PLANS}
    images = page.all("img")
    assert len(images) == len(PLANS)
    assert all(len(attributes["alt"]) > 30 for attributes in images)
    assert len({attributes["alt"] for attributes in images}) == len(images)
    assert all(int(attributes["width"]) > 0 and int(attributes["height"]) > 0 for attributes in images)
    assert len(page.all("figcaption")) == len(PLANS)


def test_the_tables_can_be_read_aloud(page):
    ids = {attributes.get("id") for attributes in page.all("table")} - {None}
    assert ids == {f"table-{name}" for name in TABLES}
    assert len(page.all("caption")) == len(TABLES)
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))


def test_every_column_has_a_head(source):
    heads = re.findall(r'<th[^>]*scope="col"[^>]*>(.*?)</th>', source, re.DOTALL)
    assert len(heads) > 40
    assert all(re.sub("<[^>]*>", "", head).strip() for head in heads)


def test_numbers_stand_right_aligned(page, source):
    assert ".number { text-align: right" in source
    cells = [attributes for attributes in page.all("td") if attributes.get("class") == "number"]
    assert len(cells) > 100


def test_the_page_is_light_or_dark_as_the_reader_has_it(source):
    assert "color-scheme: light dark" in source
    assert "@media (prefers-color-scheme: dark)" in source


def test_identities_are_unique_and_links_lead_to_them(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {attributes["href"][1:] for attributes in page.all("a")} <= set(ids)


def test_the_headings_are_one_title_and_sections(page):
    assert len(page.all("h1")) == 1
    assert len(page.all("h2")) >= 10


def test_says_where_the_article_errs_with_the_numbers(page, written):
    text = re.sub(r"\s+", " ", "".join(page.texts))
    results = written.results
    formula = results["article_errs"]["formula_as_printed"]
    said = (
        "1 of 288, 0.35 %", "54 rows against 53", "53 means 52 updates", "144 times less", "half the sum of squares",
        f"f = {formula['f_after_5']:,.0f}, not {formula['right']:.4f}",
        f"ended after {results['article_errs']['ended_by_nan']['rows']:,} rows",
        f"{results['article_errs']['reseeded']['next_draw'][0]:.6f}", "left the global generator untouched",
        "grows with the square of the rows", "An epoch is not an iteration", "L = 811,563.4",
    )  # fmt: skip
    missing = [words for words in said if words not in text]
    assert missing == []


def test_the_names_of_the_article_all_have_one_of_ours(page):
    text = "".join(page.texts)
    for name in NAMES:
        assert name.ours
        assert name.ours in text
        assert name.article in text


def test_nothing_unfinished_is_in_the_text(page):
    assert not re.search(r"\bnan\b|\{|\}|np\.|array\(|Outcome\.", "".join(page.prose))


# -- where it cannot be written ------------------------------------------------------------------------------------


def test_a_file_in_place_of_the_folder_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("x")
    with pytest.raises(ValueError, match=r"out is '.*taken', which is a file; give a folder") as caught:
        write_report(tmp_path / "taken")
    assert str(caught.value).count("\n") == 0
    assert (tmp_path / "taken").read_text() == "x"


@pytest.mark.parametrize("inside", ["taken/report", "figures-taken"])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, inside):
    (tmp_path / "taken").write_text("x")
    (tmp_path / "figures-taken").mkdir()
    (tmp_path / "figures-taken" / "figures").write_text("x")
    with pytest.raises(ValueError, match="cannot be written"):
        write_report(tmp_path / inside)


@pytest.mark.parametrize("out", ["", None, 3])
def test_out_must_be_a_path(out):
    with pytest.raises(TypeError, match="out must be the path of a folder"):
        write_report(out)


def test_say_must_be_callable(tmp_path):
    with pytest.raises(TypeError, match="say must be a callable"):
        write_report(tmp_path, say="loud")

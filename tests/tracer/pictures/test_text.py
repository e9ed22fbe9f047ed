"""Labels are data: whatever the user calls a thing comes out as it is, and the SVG is well-formed."""

from xml.etree import ElementTree

import pytest

from tests.tracer.pictures.support import Program, read, svg
from tracer.pictures import threads
from tracer.pictures.text import LONGEST_NAME, Places, count, printable, shorten, some_of, tip, wrapped

pytestmark = pytest.mark.one_version

NAMES = [
    "plain",
    "<b>bold</b>",
    '<a href="javascript:x">',
    'a "quoted" name',
    "back\\slash \\N \\G \\E \\l \\n \\\\N",
    "ends with \\",
    "ends with \\\\",
    "&amp; &lt; &#65; & && &",
    "]]> <!-- --> <?xml",
    "Müller çé",
    "漢字かな交じり",
    "emoji 😀 👩‍🚀",
    "  spaces   around  ",
    "%s {0} $HOME",
    "node",
    "digraph{}",
    "a:b:n",
    "'",
    '"',
    '\\"',
    "\\",
    "<>",
    "<",
    "שלום مرحبا",
    "combining e\u0301",
]

CONTROLS = {
    "new\nline": "new\\nline",
    "tab\there": "tab\\there",
    "bell\x07 nul\x00": "bell\\x07 nul\\x00",
    "\u202eturned": "\\u202eturned",
    "\ud800 lone": "\\ud800 lone",
    "\ufffe\uffff": "\\ufffe\\uffff",
    "\U0001fffe": "\\U0001fffe",
    "\x85\u2028": "\\x85\\u2028",
    "esc \x1b[31m": "esc \\x1b[31m",
}

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}title"


def two(name):
    """A thread and a lock of the same name, and who waits for them."""
    made = Program().start(name, "other")
    made(name, "lock.acquire", name, True).waits("other", "lock.acquire", name).waits("MainThread", "thread.join", name)
    return made


def texts(document):
    # Spaces that SVG would put together are written as ones that it does not.
    return ["".join(one.itertext()).replace("\xa0", " ") for one in document.iter(f"{SVG}text")]


def tooltips(document):
    return [(one.get(LINK) or "").replace("\xa0", " ") for one in document.iter(f"{SVG}a")]


@pytest.mark.parametrize("name", NAMES)
def test_names_come_out_literally(name):
    made = two(name)
    document = ElementTree.fromstring(svg(made.wait_for()))
    assert texts(document).count(name) == 2, texts(document)
    assert any(name in tooltip.split("\n") for tooltip in tooltips(document)), tooltips(document)
    document = ElementTree.fromstring(svg(threads.picture(made.found(), made.lives(), made.subject())))
    assert texts(document).count(name) == 1


@pytest.mark.parametrize(("name", "shown"), CONTROLS.items())
def test_what_xml_does_not_allow_is_written_as_python_does(name, shown):
    assert printable(name) == shown
    document = ElementTree.fromstring(svg(two(name).wait_for()))
    assert texts(document).count(shown) == 2
    assert any(shown in tooltip.split("\n") for tooltip in tooltips(document))


def test_long_names_are_shortened_and_stand_whole_in_the_tooltip():
    name = "x" * 250 + "y" * 250
    document = ElementTree.fromstring(svg(two(name).wait_for()))
    (short,) = {text for text in texts(document) if text.startswith("xxx") and text.endswith("yyy")}
    assert len(short) == LONGEST_NAME
    assert "…" in short
    assert any(name in tooltip.split("\n") for tooltip in tooltips(document))
    assert max(map(len, texts(document))) < 100


def test_a_thread_without_a_name():
    assert "(no name)" in read(two("").wait_for()).names


def test_shorten():
    assert shorten("a" * LONGEST_NAME) == "a" * LONGEST_NAME
    assert len(shorten("a" * LONGEST_NAME + "b")) == LONGEST_NAME
    assert shorten("abcdefghijkl", 6) == "abc…kl"


def test_enumerations():
    assert some_of([]) == ""
    assert some_of(["A"]) == "A"
    assert some_of(["A", "B"]) == "A and B"
    assert some_of(["A", "B", "C", "D"]) == "A, B, C and D"
    assert some_of(["A", "B", "C", "D", "E"]) == "A, B, C and 2 more"
    assert (count(1, "box", "boxes"), count(1234, "box", "boxes"), count(0, "thread")) == (
        "1 box",
        "1,234 boxes",
        "0 threads",
    )


def test_places_are_as_short_as_they_can_be():
    places = Places(["a/b/x.py:1", "a/c/x.py:2", "lib/y.py:3", "x.py:9", "C:\\work\\z.py:4", "<string>:1", ""])
    assert places["a/b/x.py:1"] == "b/x.py:1"
    assert places["a/c/x.py:7"] == "c/x.py:7"
    assert places["lib/y.py:3"] == "y.py:3"
    assert places["x.py:9"] == "x.py:9"
    assert places["C:\\work\\z.py:4"] == "z.py:4"
    assert places["<string>:1"] == "<string>:1"
    assert places[""] == ""
    assert places["never/seen.py:5"] == "seen.py:5"
    long = "d/" + "x" * 100 + ".py:12"
    assert Places([long])[long].endswith("x.py:12")
    assert len(Places([long])[long]) < 50


def test_tooltips_and_titles_have_an_end():
    assert tip(f"line {number}" for number in range(200)).endswith("… and 152 more lines")
    assert all(len(line) <= 72 for line in wrapped("word " * 100 + "x" * 300))
    assert wrapped("") == [""]

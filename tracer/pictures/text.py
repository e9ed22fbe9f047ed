r"""What stands in a label: data, never markup.

Names are the user's, and may be anything: `<b>`, `&amp;`, `\N` (dot puts the name of the node there), line ends, bytes
that XML does not allow. Labels are written in dot's HTML-like form, which has characters of its own to escape and
reads backslashes all the same; tooltips in its plain form. In both, entities such as `&amp;` are read; in tooltips
backslashes are even read twice, by both versions that were tried (2.42 and 16.1).

Which characters are replaced is said here, not asked of `str.isprintable`: versions of Python know different versions
of Unicode, and a picture has to be the same from all of them.
"""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING

import graphviz

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Longer names make one box wider than all others together; the whole name stands in the tooltip.
LONGEST_NAME = 36

#: Of a place, the end says most: the file's name and the line.
LONGEST_PLACE = 44

#: A title that is wider than this widens most pictures.
LONGEST_TITLE_LINE = 72

#: A tooltip that is longer than a screen cannot be read.
LONGEST_TIP = 48

#: Widths in ems by which labels are measured where they are not plain ASCII: renderers without the right font take such
#: a character to be as wide as a space. Wide ones are those of East Asia, emoji, and symbols.
_ASCII_EM = 0.54
_NARROW_EM = 0.65
_WIDE_EM = 1.05
_FIRST_WIDE = 0x1100

#: Controls, separators of lines, marks that turn the direction of writing, lone surrogates and noncharacters: not
#: allowed in XML, or they would disturb what stands around them.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
    "|" + "|".join(f"[{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}]" for plane in range(1, 17))
)


def printable(text: str) -> str:
    r"""The text with what cannot be printed written as Python does: `\n`, `\x07`, `\u202e`."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def shorten(text: str, limit: int = LONGEST_NAME) -> str:
    """The text, without its middle if it is longer than `limit`: the end often tells names of one kind apart."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}"


def markup(text: str) -> str:
    """The text as it stands inside an HTML-like label."""
    escaped = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return escaped.replace("\\", "\\\\")


def width_in_points(text: str, size: int) -> int:
    """How wide the text is at least; 0 where the renderer knows better."""
    if text.isascii():
        return 0
    return round(size * sum(_em(one) for one in text))


def _em(letter: str) -> float:
    if letter.isascii():
        return _ASCII_EM
    return _WIDE_EM if ord(letter) >= _FIRST_WIDE else _NARROW_EM


def tip(lines: Iterable[str]) -> str:
    """The lines as the value of a tooltip."""
    kept = list(lines)
    if len(kept) > LONGEST_TIP:
        kept = [*kept[:LONGEST_TIP], f"… and {len(kept) - LONGEST_TIP:,} more lines"]
    escaped = (printable(line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in kept)
    return graphviz.nohtml("\\n".join(line.replace("\\", "\\" * 4) for line in escaped))


def wrapped(text: str, width: int = LONGEST_TITLE_LINE) -> list[str]:
    """The text in lines of a title."""
    return textwrap.wrap(printable(text), width, break_on_hyphens=False) or [""]


def count(number: int, what: str, many: str = "") -> str:
    """`1 thread`, `12 threads`."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def some_of(names: Sequence[str], shown: int = 3) -> str:
    """`A and B`, or the first few names and how many more there are. Each is shortened."""
    short = [shorten(name, LONGEST_NAME if len(names) == 1 else LONGEST_NAME * 2 // 3) for name in names[: shown + 2]]
    if len(short) > shown + 1:
        return f"{', '.join(short[:shown])} and {len(names) - shown:,} more"
    return " and ".join([", ".join(short[:-1]), short[-1]]) if len(short) > 1 else "".join(short)


class Places:
    """Places as they stand in a picture: the file's name, and as many folders as tell it from the others."""

    def __init__(self, places: Iterable[str]) -> None:
        files = {file: _parts(file) for file in dict.fromkeys(place.rpartition(":")[0] for place in places)}
        self._names = {file: _shortest_end(parts, list(files.values())) for file, parts in files.items()}

    def __getitem__(self, place: str) -> str:
        file, _, line = place.rpartition(":")
        text = f"{self._names.get(file, os.path.basename(file))}:{line}" if file else place
        return text if len(text) <= LONGEST_PLACE else "…" + text[len(text) - LONGEST_PLACE + 1 :]


def _parts(file: str) -> list[str]:
    return file.replace("\\", "/").split("/")


def _shortest_end(parts: list[str], among: list[list[str]]) -> str:
    depth = 1
    while depth < len(parts) and sum(other[-depth:] == parts[-depth:] for other in among) > 1:
        depth += 1
    return "/".join(parts[-depth:])

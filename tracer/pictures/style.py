"""How the pictures look: shapes, colours, lines, title and legend, and the canvas that puts them together.

Nothing is told by colour alone. What can never go on is drawn thick or double and says so in words, kinds of objects
have shapes of their own, kinds of arrows differ in line and head. The colours are those of Okabe and Ito (*Color
universal design*, 2008), which people with any kind of colour vision tell apart, on light grounds of the same hue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import graphviz

from tracer.pictures.text import markup, tip, width_in_points, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VERMILLION = "#D55E00"
ORANGE = "#E69F00"
BLUE = "#0072B2"
GREEN = "#009E73"
GREY = "#666666"
INK = "#222222"

#: The renderers carry metrics of it, and every viewer has a font like it.
FONT = "Helvetica"

#: Sizes in points. A picture of twenty nodes, printed on a page, is scaled to about the half.
TITLE, NAME, SMALL = 15, 12, 10

#: Dots per inch of a PNG: fine enough to print, small enough to send.
DPI = 144

#: The shapes of objects, by kind. The kind also stands in words below the name.
SHAPES = {
    "lock": "ellipse",
    "rlock": "ellipse",
    "condition": "hexagon",
    "semaphore": "cylinder",
    "event": "octagon",
    "barrier": "component",
}
OTHER_SHAPE = "tab"

#: Shapes with slanted sides leave room enough around their text; the edges of a stack of boxes take some of it.
_MARGINS = {"ellipse": "0.02,0", "hexagon": "0.02,0", "octagon": "0.02,0", "box3d": "0.2,0.14"}

#: A legend is no wider than most titles. One with few letters stands in one row.
_LEGEND_COLUMNS = 3
_SHORT_LEGEND = 50
_LONGEST_NOTE = 84


@dataclass(frozen=True)
class Look:
    """How a box looks, and what the legend says of it."""

    words: str
    edge: str
    ground: str
    width: float = 1.0
    borders: int = 1
    line: str = "solid"


@dataclass(frozen=True)
class Line:
    """How an arrow looks, and what the legend says of it. `sign` is its head in the legend."""

    words: str
    style: str = "solid"
    head: str = "normal"
    sign: str = "►"
    colour: str = INK
    width: float = 1.1


#: What can be said of a thread.
CYCLE = Look("in the cycle", VERMILLION, "#FBE3D6", width=3.2)
STUCK = Look("can never go on", "#B37700", "#FDF1D6", width=1.2, borders=2)
WAITING = Look("waits", BLUE, "#E3EFF7", width=1.2)
ENABLED = Look("can go on", GREEN, "#E2F3ED", width=1.2)
ENDED = Look("has ended", GREY, "#F2F2F2", line="dashed")
ABANDONED = Look("abandoned at the exit", GREY, "#FFFFFF", line="dotted")
UNKNOWN = Look("not known", GREY, "#FFFFFF", line="dotted")
OBJECT = Look("", INK, "#FFFFFF")
NOTE = Look("", GREY, "#FFFFFF")

LOOKS = (CYCLE, STUCK, WAITING, ENABLED, ENDED, ABANDONED, UNKNOWN)

#: How thick an arrow of a cycle is drawn.
_STRONG = 2.6


@dataclass(frozen=True)
class Row:
    """One row of a label."""

    text: str
    size: int = SMALL
    bold: bool = False
    colour: str = ""


@dataclass
class Picture:
    """A drawing, and what is to be said of it.

    `verdict` and `shown` are phrases: what it says, and what is in it; `notes` say what was left out.
    """

    graph: graphviz.Digraph
    verdict: str
    shown: str
    notes: list[str] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The drawing in the language of dot."""
        return str(self.graph.source)


class Canvas:
    """Collects boxes and arrows; `picture` ends it. The identifiers of boxes are plain words."""

    def __init__(
        self, name: str, comment: str, *, direction: str = "TB", gap: float = 0.35, apart: float = 0.4, **more: str
    ) -> None:
        self._graph = graphviz.Digraph(name, comment=comment)
        self._graph.attr(
            "graph",
            fontname=FONT,
            fontsize=f"{SMALL}",
            rankdir=direction,
            nodesep=f"{apart}",
            ranksep=f"{gap}",
            pad="0.3",
            **more,
        )
        self._graph.attr("node", fontname=FONT, fontsize=f"{NAME}", margin="0.14,0.07", height="0.4")
        self._graph.attr("edge", fontname=FONT, fontsize=f"{SMALL}", arrowsize="0.9")
        self._inner = graphviz.Digraph("cluster_picture")
        self._looks: set[Look] = set()
        self._lines: set[Line] = set()

    def box(
        self, name: str, rows: Sequence[Row], look: Look, shape: str = "box", tooltip: Iterable[str] = (), **more: str
    ) -> None:
        """A node. Boxes are rounded; other shapes are what they are."""
        self._looks.add(look)
        styles = ["filled", *(["rounded"] if shape == "box" else []), *([look.line] if look.line != "solid" else [])]
        attributes = {
            "label": table(rows),
            "shape": shape,
            "style": ",".join(styles),
            "color": look.edge,
            "fillcolor": look.ground,
            "penwidth": f"{look.width:g}",
            "peripheries": f"{look.borders}",
            "tooltip": tip(tooltip),
            **({"margin": _MARGINS[shape]} if shape in _MARGINS else {}),
            **more,
        }
        self._inner.node(name, **attributes)

    def arrow(
        self,
        tail: str,
        head: str,
        line: Line,
        rows: Sequence[Row] = (),
        tooltip: Iterable[str] = (),
        *,
        strong: bool = False,
        upwards: bool = False,
        **more: str,
    ) -> None:
        """An arrow. `strong` ones are part of a cycle; `upwards` draws it from a lower box to a higher one."""
        self._lines.add(line)
        colour = VERMILLION if strong else line.colour
        ends = {"dir": "back", "arrowtail": line.head} if upwards else {"arrowhead": line.head}
        hint = tip(tooltip)
        self._inner.edge(
            *((head, tail) if upwards else (tail, head)),
            **({"label": table([Row(row.text, row.size, strong, colour) for row in rows], apart=True)} if rows else {}),
            style=line.style,
            color=colour,
            penwidth=f"{_STRONG if strong else line.width:g}",
            tooltip=hint,
            labeltooltip=hint,
            **ends,
            **more,
        )

    def plain(self, tail: str, head: str, **attributes: str) -> None:
        """A connection that only places boxes, or joins a note to what it is about."""
        self._inner.edge(tail, head, **{"arrowhead": "none", "tooltip": " ", **attributes})

    def point(self, name: str, colour: str = "", **attributes: str) -> None:
        """Keeps a place free: a point in a line, or without a colour one that is not seen."""
        seen = {"color": colour} if colour else {"style": "invis"}
        self._inner.node(name, shape="point", width="0.01", height="0.01", tooltip=" ", **seen, **attributes)

    def row(self, names: Sequence[str]) -> None:
        """These boxes stand side by side, in this order."""
        with self._inner.subgraph() as group:
            group.attr(rank="same")
            for name in names:
                group.node(name)
            for left, right in pairwise(names):
                group.edge(left, right, style="invis", tooltip=" ")

    def picture(
        self,
        title: Sequence[Row],
        verdict: str,
        shown: str,
        notes: Sequence[str] = (),
        legend: Sequence[Look | Line] = (),
    ) -> Picture:
        """Ends the picture. `notes` are also written below it, with those entries of the legend that occur."""
        self._inner.attr(
            label=table(title, left=True), labelloc="t", labeljust="l", penwidth="0", margin="14", tooltip=" "
        )
        self._graph.subgraph(self._inner)
        used = [one for one in legend if one in self._looks or one in self._lines]
        said = [line for text in notes for line in wrapped(text, _LONGEST_NOTE)]
        if used or said:
            rows = _legend(used, said)
            label = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>>'
            self._graph.attr("graph", label=label, labelloc="b", labeljust="l")
        return Picture(self._graph, verdict, shown, [*notes])


def table(rows: Sequence[Row], *, left: bool = False, apart: bool = False) -> str:
    """Rows of text as an HTML-like label. `apart`: with a gap to the left, where dot lets the arrow touch it."""
    kept = [row for row in rows if row.text]
    align = ' ALIGN="LEFT"' if left or apart else ""
    gap = f'<TD WIDTH="5" ROWSPAN="{len(kept)}"></TD>' if apart else ""
    lines = "".join(f"<TR>{gap if not number else ''}{_cell(row, align)}</TR>" for number, row in enumerate(kept))
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{lines or "<TR><TD></TD></TR>"}</TABLE>>'


def _cell(row: Row, attributes: str) -> str:
    text = markup(row.text)
    if row.bold:
        text = f"<B>{text}</B>"
    colour = f' COLOR="{row.colour}"' if row.colour else ""
    width = width_in_points(row.text, row.size)
    wide = f' WIDTH="{width}"' if width else ""
    return f'<TD{wide}{attributes}><FONT POINT-SIZE="{row.size}"{colour}>{text}</FONT></TD>'


def _legend(entries: Sequence[Look | Line], said: Sequence[str]) -> str:
    """A sample of each look and each line, and what it means; below them what else is said.

    One table: the columns of tables inside a table would be stretched to one width.
    """
    short = sum(len(one.words) for one in entries) <= _SHORT_LEGEND
    each = len(entries) if short and entries else _LEGEND_COLUMNS
    rows = [entries[first : first + each] for first in range(0, len(entries), each)]
    columns = 2 * max((len(row) for row in rows), default=1)
    lines = []
    for row in rows:
        cells = "".join(_legend_cells(one) for one in row)
        rest = columns - 2 * len(row)
        lines.append(cells + (f'<TD COLSPAN="{rest}"></TD>' if rest else ""))
    lines += [_cell(Row(text, colour=GREY), f' ALIGN="LEFT" COLSPAN="{columns}"') for text in said]
    return "".join(f"<TR>{line}</TR>" for line in lines)


def _legend_cells(one: Look | Line) -> str:
    sample = _look_sample(one) if isinstance(one, Look) else _line_sample(one)
    words = f'<FONT POINT-SIZE="{SMALL}" COLOR="{GREY}">{markup(one.words)}   </FONT>'
    return f'<TD>{sample}</TD><TD ALIGN="LEFT">{words}</TD>'


def _look_sample(look: Look) -> str:
    style = "ROUNDED" if look.line == "solid" else f"ROUNDED,{look.line.upper()}"
    frame = f'BORDER="{max(1, round(look.width))}" COLOR="{look.edge}" STYLE="{style}" CELLBORDER="0" CELLSPACING="0"'
    size = f'WIDTH="{22 if look.borders == 1 else 18}" HEIGHT="{9 if look.borders == 1 else 5}" FIXEDSIZE="TRUE"'
    inner = f'<TABLE {frame} CELLPADDING="0" BGCOLOR="{look.ground}"><TR><TD {size}></TD></TR></TABLE>'
    if look.borders == 1:
        return inner
    return f'<TABLE {frame} CELLPADDING="1"><TR><TD>{inner}</TD></TR></TABLE>'


def _line_sample(line: Line) -> str:
    """A line is the lower border of an empty cell, its head a character."""
    style = "" if line.style == "solid" else f' STYLE="{line.style}"'
    drawn = f'BORDER="{max(1, round(line.width))}" SIDES="B" COLOR="{line.colour}"{style}'
    return (
        '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
        f'<TR><TD WIDTH="26" HEIGHT="8" FIXEDSIZE="TRUE" {drawn}></TD>'
        f'<TD ROWSPAN="2" WIDTH="{SMALL}"><FONT POINT-SIZE="{SMALL}" COLOR="{line.colour}">{line.sign}</FONT></TD></TR>'
        '<TR><TD HEIGHT="8"></TD></TR></TABLE>'
    )

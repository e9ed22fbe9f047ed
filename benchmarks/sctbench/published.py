"""How many schedules other tools need to the first bug, as published.

MapleAlg: Thomson, Donaldson and Betts, Concurrency testing using controlled schedulers, TOPC 2016. SURW to N-S: Zhao,
Wolff, Mathur and Roychoudhury, ASPLOS 2025; N-U and N-S are URW with one of SURW's two parts each. The RFF columns:
Wolff and others, Greybox fuzzing for concurrency testing, ASPLOS 2024, with RFF-blind without its feedback; PERIOD (Wen
and others, ICSE 2022) and GenMC (executions explored) as they measured them.

SURW to N-S, and PERIOD, were measured on PERIOD's versions of the programs, which differ a little from these: the main
thread joins the others in account and token_ring; in bluetooth_driver, stringbuffer and the work-stealing queues a
thread of its own does what the main thread does here; lazy01 starts its threads in another order.
"""

from __future__ import annotations

#: Means over twenty trials. In parentheses in how many of them it was found, unless in all; the mean is over these.
#: `-` stands for a bug that was not found, `.` for no figure. SURW to N-S include an execution that only counts events,
#: except for POS and RW. The figures of MapleAlg and GenMC are single ones.
_TABLES = (
    """
program                    MapleAlg          SURW       PCT-3      PCT-10         POS          RW        N-U         N-S
account                          20           5.8         4.3         4.5         4.1        18.1        6.8         2.9
aget-bug2                        17           2.0         2.0         2.0         1.0         1.0          .           .
arithmetic_prog                   1             .           .           .           .           .          .           .
bluetooth_driver                  -          70.2       112.5        83.0        36.1       214.7       70.2  1493.9(19)
boundedBuffer                     .           8.7        20.1         6.2         5.3         7.2        8.4         7.2
carter01                          6             .         5.0         3.4         1.9         1.0          .           .
circular_buffer                   -           2.8         9.1         4.6         2.1         4.2        2.9        13.8
deadlock01                        -           1.8        12.9         7.4         3.5         3.2        3.9         2.6
din_phil2_sat                     1             .           .           .           .           .          .           .
din_phil3_sat                     1             .           .           .           .           .          .           .
din_phil4_sat                     1             .           .           .           .           .          .           .
din_phil5_sat                     1             .           .           .           .           .          .           .
din_phil6_sat                     1             .           .           .           .           .          .           .
din_phil7_sat                     1             .           .           .           .           .          .           .
fsbench                           1             .           .           .           .           .          .           .
InterlockedWorkStealQueue         -           6.5        48.4        13.4        14.1           -       39.5       427.7
lazy01                            1           2.0         4.9         4.6         4.7        20.6        5.7         4.0
phase01                           1             .           .           .           .           .          .           .
qsort_mt                          -    3047.5(19)  4713.8(14)  3689.1(15)  3004.2(18)  3442.3(19)     2391.7       297.2
queue                             2           2.1         3.3         2.3         1.1         1.0        2.1         2.0
reorder_10                        -          17.2  3225.3(16)  4461.9(12)           -           -  4358.2(6)        74.2
reorder_100                       .         194.2           -           -           -           -          -  3785.1(12)
reorder_20                        -           6.0      3005.1  3297.3(17)           -           -  3782.6(8)         9.7
reorder_3                         -           7.3       185.2       148.1        85.5           -       26.4        23.9
reorder_4                         -           7.3       554.0       362.3       533.0           -       52.9        21.9
reorder_5                         -          10.4       646.8      1094.2      2169.1           -      151.6        27.3
reorder_50                        .          13.0   3304.5(6)   9422.0(1)           -           -          -        74.9
SafeStack                         -  368920.6(19)           -           -           -           -          .           -
stack                             -           4.6         3.2         2.6         1.7       176.0        5.3   985.8(19)
stringbuffer-jdk1.4               9           8.5       280.7        25.7        23.4  2242.6(19)        8.3       834.0
sync01                            1             .           .           .           .           .          .           .
sync02                            1             .           .           .           .           .          .           .
token_ring                        5           8.2         8.2         7.8         8.6        13.0       10.3         9.0
twostage                          8           7.5        12.6         8.7        15.1       464.1        8.2         9.0
twostage_100                      -         453.9   7466.0(3)   5725.9(9)   6673.7(3)           -  8530.0(1)  2991.7(18)
twostage_20                       .           5.7       159.2       100.7       156.0           -      171.6        23.8
twostage_50                       .          20.5      1676.0       692.0      1637.2           -     1833.8        92.9
WorkStealQueue                    -           6.0        48.1        16.2        12.5           .       33.4        12.8
wronglock                         6           7.5        51.1        20.1        10.2        35.9        4.3         3.5
wronglock_3                       6           8.8        58.1        14.1        10.8        35.9        5.3         4.6
""",
    """
program                     RFF-PCT-3     RFF-POS       RFF-QL    RFF  RFF-blind   PERIOD  GenMC
account                           8.6         1.0          6.2    1.0        1.0     10.1      5
aget-bug2                         1.0         1.0          1.0    1.0        1.0      9.0      .
bluetooth_driver                160.8        72.2        154.8   44.9       61.2      9.0     10
boundedBuffer                    15.0         6.4         13.6    8.3        7.2  7.8(16)      .
carter01                          5.2         2.1          1.0    1.9        1.9      4.5      -
circular_buffer                   5.0         1.6          1.6    1.6        1.4      3.1      8
deadlock01                       20.1         4.3          1.0    4.7        5.7      3.0      -
InterlockedWorkStealQueue    23.5(14)         1.0            -    1.0        1.0     57.0      .
lazy01                           10.2         5.2         11.8    6.4        5.5      7.0      1
qsort_mt                       3838.2       645.6            -  321.9      687.9     27.1      .
queue                            12.0         1.0          1.0    1.0        1.0      3.5     22
reorder_10                     2355.8           -            -    5.8        6.6     27.0      .
reorder_100                 7447.0(1)           -            -    5.8        6.6    297.0      .
reorder_20                     2127.7           -            -    5.8        6.6     39.0      .
reorder_3                       241.1       222.7  45842.7(18)    6.7        6.6      6.0      .
reorder_4                       395.3      1463.6            -    6.2        6.6      9.0      .
reorder_5                      1126.0  4377.4(17)            -    5.8        6.6     12.0      .
reorder_50                 12345.9(7)           -            -    5.8        6.6    129.0      .
SafeStack                           -           -            -      -          -        -      .
stack                             2.2         2.0          1.0    1.6        1.5      8.0     20
stringbuffer-jdk1.4             194.9        17.8       1405.3   15.4       16.1     26.9      .
token_ring                        7.7         7.0         12.1    5.1        6.9      2.0     14
twostage                          8.9        14.6        336.2    8.2       10.2      4.0      3
twostage_100                3888.0(6)           -            -   56.0      202.1    690.0      .
twostage_20                     187.6       185.4            -   21.7       32.3     76.0      .
twostage_50                     849.0  1983.6(19)            -   35.1       74.5    286.0      .
WorkStealQueue                   12.1        10.1            -   10.1       15.3     57.0      .
wronglock                        88.2         1.0         36.5    1.0        1.0      4.3      3
wronglock_3                      40.3         1.0         36.5    1.0        1.0      5.0      .
""",
)


def _published() -> dict[str, dict[str, float | None]]:
    """Name of a program -> name of a tool or strategy -> schedules to the first bug, None where it was not found."""
    figures: dict[str, dict[str, float | None]] = {}
    for table in _TABLES:
        (_, *tools), *rows = [line.split() for line in table.strip().splitlines()]
        for name, *cells in rows:
            of_program = figures.setdefault(name, {})
            for tool, cell in zip(tools, cells, strict=True):
                if cell != ".":
                    of_program[tool] = None if cell == "-" else float(cell.partition("(")[0])
    return figures


PUBLISHED = _published()

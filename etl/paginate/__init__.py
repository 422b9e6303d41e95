"""Lists that come in pages, walked by one piece of code: for an export, and for what a push looks up.

    Pager    (offset | id_after | whole_list)   what to ask for, and what a page amounts to; no input or output
      |  parameters, guesses
      v
    Prefetch --lease of the PageWindow--> Reader    asks, judges (ListCheck) and hands the records on
      |  page
      v
    walk --> Walked, which holds its lease until whoever uses the page releases it

A further way of paging is one module with a `Pager`, and its line in `ways`.
"""

from etl.paginate.pager import Earlier, PageFacts, Pager, Parameters, PlainPage, Thoroughness, WalkStart
from etl.paginate.prefetch import Reader
from etl.paginate.walk import Walked, walk
from etl.paginate.ways import pager_for
from etl.paginate.window import AHEAD, PageWindow

__all__ = [
    "AHEAD",
    "Earlier",
    "PageFacts",
    "PageWindow",
    "Pager",
    "Parameters",
    "PlainPage",
    "Reader",
    "Thoroughness",
    "WalkStart",
    "Walked",
    "pager_for",
    "walk",
]

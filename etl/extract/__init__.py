"""Fetch, land and journal one stream of one account, and pass its pages on to the table builder.

    paginate.walk -> PageReader (a page at once) | ListReader (as it arrives) -> StagedPage, in order
                                                                                     |
                                                                                     v
                          commit: durable in groups -> the journal moves on -> PageConsumer, and the page's lease ends

A page counts only when it is durable, complete, and not an error.
"""

from etl.extract.closing_round import UNSURE
from etl.extract.commit import LOOK_BACK, extract
from etl.extract.consumer import PageConsumer
from etl.extract.source import PageSource

__all__ = ["LOOK_BACK", "UNSURE", "PageConsumer", "PageSource", "extract"]

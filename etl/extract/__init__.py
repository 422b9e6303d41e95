"""One stream of one account: fetched, landed, journalled, and handed on to whoever builds tables of it.

    paginate.walk -> PageReader (a page at once) | ListReader (as it arrives) -> StagedPage, in order
                                                                                     |
                                                                                     v
                          commit: durable in groups -> the journal moves on -> Feed, and the page's lease ends

A page counts only when it is durable, whole, and told apart from an error.
"""

from etl.extract.commit import LOOK_BACK, extract
from etl.extract.feed import Feed
from etl.extract.source import PageSource

__all__ = ["LOOK_BACK", "Feed", "PageSource", "extract"]

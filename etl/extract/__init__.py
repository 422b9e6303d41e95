"""One stream of one account: fetched, landed, journalled, and handed on to whoever builds tables of it.

    walk (offsets | ids): parameters -> GET -> staged, judged, parsed -+-> in order
    lists:                one GET, cut into pieces as it arrives       |
                                                                       v
                          commit: durable in groups -> the journal moves on -> Feed

A page counts only when it is durable, whole, and told apart from an error.
"""

from etl.extract.commit import LOOK_BACK, extract
from etl.extract.source import Source
from etl.extract.walk import Feed

__all__ = ["LOOK_BACK", "Feed", "Source", "extract"]

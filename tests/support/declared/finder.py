from etl.systems.declare import Envelope, Field, LimitOffset, MovingWindow, PageSize, Stream, System, Text

FIELDS = {
    "id": Field(Text(), "source_id"),
    "properties.lastname": Field(Text(), "last_name"),
}
SEARCH = {"filters": [{"name": "kind", "is": "person"}], "page": {"sort": "id"}}
PAGES = LimitOffset("page.from", PageSize("page.rows", 100), rows="meta.total")
FOUND = Stream("found", "/v3/search", fields=FIELDS, search=SEARCH, paging=PAGES, envelope=Envelope("results"))
FINDER = System("finder", "A hub that is searched", limits=(MovingWindow(600, seconds=60),), streams=(FOUND,))

from etl.systems.declare import Envelope, Field, MovingWindow, NextCursor, Stream, System, Text

FIELDS = {
    "id": Field(Text(), "source_id"),
    "createdAt": Field(Text(), "created_at"),
    "properties.firstname": Field(Text(), "first_name"),
    "properties.lastname": Field(Text(), "last_name"),
    "properties.email": Field(Text(), "email"),
    "properties.phone": Field(Text(), "phone"),
    "properties.address": Field(Text(), "address_line"),
}
PAGES = NextCursor("after", "paging.next.after")
PEOPLE = Stream("people", "/v3/people", fields=FIELDS, paging=PAGES, envelope=Envelope("results"))
HUB = System("hub", "A hub of people", limits=(MovingWindow(100, seconds=10),), streams=(PEOPLE,))

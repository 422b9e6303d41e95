from etl.systems.declare import Call, Field, MovingWindow, Stream, System, Target, Text

KINDS = {"supplier": "leverancier", "customer": "klant"}
FIELDS = {
    "id": Field(Text(), "source_id"),
    "made": Field(Text(), "created_at"),
    "kind": Field(
        Text(),
        "kind",
        writable=True,
        read=lambda kind: kind.replace({theirs: ours for ours, theirs in KINDS.items()}),
        write=KINDS.get,
    ),
    "name": Field(Text(), "name", writable=True),
    "reach.email": Field(Text(), "email", writable=True),
    "reach.phone": Field(Text(), "phone", writable=True),
    "reach.at.street": Field(Text(), "address_line", writable=True),
    "reach.at.postcode": Field(Text(), "postcode", writable=True),
    "reach.at.country": Field(Text(), "country_code", writable=True),
}
PEOPLE = Stream("people", "/people", get="/people/{id}", fields=FIELDS)
WRITTEN = Target("people", "people", create=Call("POST", "/people"), update=Call("PATCH", "/people/{id}"))
OFFICE = System("office", "An office", limits=(MovingWindow(6000, seconds=60),), streams=(PEOPLE,), targets=(WRITTEN,))

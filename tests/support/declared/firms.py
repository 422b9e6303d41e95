from etl.systems.declare import Field, MovingWindow, Stream, System, Text

TITLES = {"id": Field(Text(), "source_id"), "title": Field(Text(), "name")}
PERSONS = {
    "{parent}": Field(Text(), "company_id"),
    "no": Field(Text(), "source_id"),
    "family": Field(Text(), "last_name"),
}
FIRMS = Stream("firms", "/firms", fields=TITLES)
PEOPLE = Stream("people", "/firms/{parent}/people", for_each="firms", fields=PERSONS)
REGISTER = System("register", "A register", limits=(MovingWindow(6000, seconds=60),), streams=(FIRMS, PEOPLE))

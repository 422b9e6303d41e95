from etl.systems.declare import Boolean, Children, Field, MovingWindow, Scalars, Stream, System, Text

FIELDS = {
    "id": Field(Text(), "source_id"),
    "title": Field(Text(), "name"),
}
MEMBERS = {
    "no": Field(Text(), "person_id"),
    "family": Field(Text(), "last_name"),
    "tel": Field(Text(), "phone_1"),
    "chair": Field(Boolean(), "main_contact"),
    "letters": Field(Scalars(), "newsletter_ids"),
    "badge": Field(Text()),
}
NUMBERS = {"of": Field(Text(), "name"), "digits": Field(Text(), "raw")}
LISTS = {"contact_persons": Children("members", MEMBERS), "phone_numbers": Children("numbers", NUMBERS)}
CLUBS = Stream("clubs", "/clubs", fields=FIELDS, children=LISTS)
UNTRIED = ("That a member has one number only.",)
CLUB = System("club", "Clubs", limits=(MovingWindow(600, seconds=60),), streams=(CLUBS,), unverified=UNTRIED)

"""Clean contact data: pure polars, no I/O except reading the tables of `data/`.

`contacts.normalise_contacts` composes everything; each other module handles one kind of value and can be used alone.
Doubtful values are never overwritten: they are flagged in `issues`, better ones are proposed in `suggestions`, and
values that a column could not take are kept in `originals`.
"""

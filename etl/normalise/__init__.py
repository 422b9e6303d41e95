"""Cleaning of contact data: pure polars, no I/O but the tables of `data/`.

`contacts.normalise_contacts` composes everything; each other module does one kind of value and can be used alone.
Nothing here overwrites what it doubts: doubts become flags in `issues`, better ideas `suggestions`, and what a
column could not take stands in `originals`.
"""

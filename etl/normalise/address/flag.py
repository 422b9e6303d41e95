"""The flags of an address: bits while the rules run, a list of names in the result.

An ordinary address has none. Their meaning:

    address.ambiguous     two readings; the country's usual one was taken, the other is in address_alternative
    address.no_number     no house number found; the street is the whole line
    address.po_box        the street is the word for a PO box, the number the box's
    address.range         several house numbers; the first is the number, the rest the postfix
    address.repaired      parts were typed into the wrong field and moved
    address.relative      the number is that of a neighbour (`t.o. 12`); the word is in address_extra
    address.extra         text that is not part of the address was moved into address_extra
    address.number_first  the number came first where that is not the custom (French and English streets excepted)
    address.glued         the number was glued to the street's name
    address.no_street     a number without a street
"""

import polars as pl

NAMES = (
    "address.ambiguous", "address.no_number", "address.po_box", "address.range", "address.repaired",
    "address.relative", "address.extra", "address.number_first", "address.glued", "address.no_street",
)  # fmt: skip
"""In their order in `address_issues`."""

AMBIGUOUS, NO_NUMBER, PO_BOX, RANGE, REPAIRED, RELATIVE, EXTRA, NUMBER_FIRST, GLUED, NO_STREET = (
    1 << bit for bit in range(len(NAMES))
)
TYPE = pl.UInt16

_LISTS = pl.Series(
    [[name for bit, name in enumerate(NAMES) if mask & 1 << bit] for mask in range(1 << len(NAMES))],
    dtype=pl.List(pl.String),
)


def bit(flag: int) -> pl.Expr:
    return pl.lit(flag, dtype=TYPE)


def where(condition: pl.Expr, flag: int) -> pl.Expr:
    """The flag where the condition holds, else no flag; a null condition counts as false."""
    return pl.when(condition).then(bit(flag)).otherwise(bit(0))


def names(masks: pl.Series) -> pl.Series:
    """Return the list of names of each mask, never null."""
    return _LISTS.gather(masks)

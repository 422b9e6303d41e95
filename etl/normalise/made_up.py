"""Words that are nobody's name, drawn from bytes: the same bytes give the same word."""

from __future__ import annotations

FIRST = (
    "bra", "cor", "del", "fen", "gal", "hes", "jor", "kel", "lun", "mor", "nev", "ost", "pol", "quin", "rav", "sel",
    "tam", "ulv", "vor", "wim", "yar", "zan", "bel", "cas", "dov", "erl", "fir", "gon", "hil", "ist", "jav", "kru",
)  # fmt: skip
MIDDLE = (
    "a", "e", "i", "o", "u", "ade", "ani", "ela", "emi", "ero", "eta", "ila", "imo", "ino", "ola", "omi", "ona", "ora",
    "osi", "ula", "umi", "una", "uri", "usa", "alo", "aro", "edi", "ida", "odo", "udo", "ave", "ove",
)  # fmt: skip
LAST = (
    "bert", "dal", "den", "dor", "fin", "gar", "kin", "lan", "len", "lin", "lund", "man", "mar", "mer", "min", "mon",
    "nar", "nik", "nor", "rak", "ran", "ren", "rik", "rin", "ros", "sen", "sta", "tam", "ten", "tin", "vik", "zen",
)  # fmt: skip
STREETS = ("straat", "laan", "weg", "plein", "gracht", "kade", "dijk", "singel", "hof", "pad", "steeg", "markt")


def word(drawn: bytes) -> str:
    """Return a word of three syllables, in lower case, from the first three bytes."""
    return "".join(part[byte % len(part)] for part, byte in zip((FIRST, MIDDLE, LAST), drawn, strict=False))


def street(name: str, drawn: bytes) -> str:
    """Return a word that ends as a street of that name does."""
    return word(drawn) + next((end for end in STREETS if name.endswith(end)), "")


def like(name: str, made: str) -> str:
    """Return the made-up word in the case of the name."""
    if name.isupper():
        return made.upper()
    return made.capitalize() if name[:1].isupper() else made

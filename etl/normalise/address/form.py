"""The shapes of the parts of an address, as regexes built from the word lists.

They run on Rust's regex engine: no look-around, no back-references. Every shape is one non-capturing group, so that
each rule decides what to capture. Word boundaries are spelled out, because Unicode's `\\b` takes the engine off its
fast path as soon as a line has an accent.
"""

from etl.normalise.address import words
from etl.normalise.address.words import any_of, strictly

DASH = r"[-‐‑‒–—−]"

NUMBER_WORD = rf"(?:{any_of(word for word in words.NUMBER if word != 'no.')}|[Nn]o\.?|NO\.)"
"""Without its dot `NO` is north-east, and ends a street's name."""
POSTFIX_WORD = any_of(words.POSTFIX)
NUMBER_MARK = rf"(?:{NUMBER_WORD}[ .:]*)"

ORDINAL_SUFFIX = r"(?i:ste|de|ème|eme|ère|ere|er|re|è|st|nd|nde|rd|th|e)"
ORDINAL = rf"(?:[0-9]{{1,3}}{ORDINAL_SUFFIX}|[0-9]{{1,2}}\.|[IVX]{{1,4}}(?:e|de|ste))"

ROMAN = r"[IVX]{1,5}"
HALF = r"(?:1/[2-4]|2/3|3/4|[½¼¾⅓⅔])"
_FIGURES = r"[0-9]{1,5}[A-Za-z]{0,2}(?:[-/.][0-9A-Za-z]{1,4})?"
NAME = rf"(?:[A-Za-z]{{0,3}}{_FIGURES}|[A-Za-z]{{1,2}}(?:-[0-9]{{1,4}})?|[IVX]{{1,5}})"
"""The name of a room, a box, a floor: `8`, `B4`, `3a`, `C`, `II`, `12-3`."""

FLOOR = (
    rf"(?:(?:[0-9]{{1,2}}|[IVX]{{1,3}})(?:{ORDINAL_SUFFIX}|[º°.ª])? ?-? ?{any_of(words.FLOOR)}"
    rf"|(?i:eerste|tweede|derde|vierde|vijfde|first|second|third|premier|deuxième) {any_of(words.FLOOR)})"
)
UNIT_WORD = any_of(words.UNIT)
FLOOR_WORD = any_of(words.FLOOR)
_PLACE = rf"(?:{any_of(words.UNIT)}|{strictly(words.DOTTED_UNIT)})"
_NAMED = rf"(?:[ .:-]+{NUMBER_MARK}?{NAME}|{NUMBER_MARK}?{_FIGURES})"
"""Without a separator after the word only figures are a name: `hoeven` is not `hoeve` N."""
UNIT = rf"(?:{_PLACE}{_NAMED}?)"
NAMED_UNIT = rf"(?:{_PLACE}{_NAMED}|# ?{NAME})"
POSITION = rf"(?:{any_of(words.POSITION)}|\p{{L}}+(?:huis|woning|boot|etage))"
CODE = r"(?:[A-Za-z]{1,2}[0-9]{1,4}[A-Za-z]?|[0-9]{1,4}[A-Za-z]{1,3})"
LETTERS = r"[A-Za-z]{1,2}"

PART = rf"(?:{FLOOR}|{UNIT}|{POSITION}|{HALF}|{CODE}|{ROMAN}|{LETTERS}|[0-9]{{1,5}}|[¹²³])"
"""One part of a postfix."""

JOINT = rf"(?: ?(?:{DASH}|[/+&.]) ?| (?i:en|of|t/m|tot|bis|und|et|or|and|a) | )"
POSTFIX = rf"\(?(?:{PART}(?:{JOINT}| ?\(|\)?\.?$))+$"
"""A whole postfix, to the end of the text: each part is followed by a joint or by the end, so that the regex has the
long list of words only once (compiling it dominates the time of a small frame)."""

SEPARATOR = rf"^(?: ?(?:{DASH}|[/.+&:_*|~=\\])){{0,2}} ?"
"""The optional separator between a number and its postfix; it is part of neither."""

TAIL_POSTFIX = rf"{SEPARATOR}{POSTFIX}|^[A-Za-z]{{3,4}}$"
"""A whole tail that is a postfix: the separator and its parts, or a few letters glued to the number."""

CERTAIN = rf"(?:{FLOOR}|{UNIT}|{POSITION}|{CODE}|{ROMAN}|[A-Za-z])"
"""A part that remains a postfix when other words follow; two loose letters may be a word (`12 te Amsterdam`)."""

UNTIL = any_of(words.UNTIL)
RANGE_WORD = rf"(?: ?{UNTIL} ?| {any_of(words.RANGE)} )"
GERMAN_RANGE_WORD = rf"(?: ?{UNTIL} ?| {any_of(words.RANGE, words.GERMAN_RANGE)} )"
"""Words of a range, with the spaces around them."""
SUFFIX = any_of(words.STREET_SUFFIX)
STREET_FIRST = any_of(words.STREET_FIRST)
STREET_LAST = any_of(words.STREET_LAST)
GENERIC = any_of(words.GENERIC)
MONTH = any_of(words.MONTH)
RELATIVE = any_of(words.RELATIVE)
RELATIVE_NAME = rf"(?:{'|'.join(word.title() for word in words.RELATIVE_NAME)})"
"""Such a word with a capital, which is the end of a name in a line that has other letters too."""
CARE_OF = strictly(words.CARE_OF)
FOR_WHOM = strictly(words.FOR_WHOM)
PO_BOX = any_of(words.PO_BOX)
BOX_WORD = rf"(?:{any_of(words.BOX)})"
BELGIAN_BOX_WORD = rf"(?:{any_of(words.BOX)}|{strictly(words.BELGIAN_BOX)})"
_BOX_FIGURES = r"(?:[A-Za-z] |[A-Za-z]{0,2})[0-9]{1,5}[A-Za-z]{0,2}(?:(?:[-/.]| / )[0-9A-Za-z]{1,4})*"
_BOX_ORDINAL = rf"[0-9]{{1,2}}{ORDINAL_SUFFIX}(?: {any_of(words.FLOOR)})?"
NUMBERED_BOX = rf"(?:{_BOX_ORDINAL}|{_BOX_FIGURES}(?: [A-Za-z])?)"
BOX_NAME = (
    rf"(?:{NUMBERED_BOX}|[A-Za-z]{{1,2}}(?:[-/.](?:[0-9]{{1,4}}|[A-Za-z]{{1,2}})){{0,2}}|{any_of(words.BOX_PLACE)})"
)
"""The name of a Belgian letter box: `3`, `0301`, `B3`, `3 B`, `A-B`, `RDC`, `2ème étage`."""
YEAR = r"(?:1[5-9][0-9]{2}|20[0-9]{2})"
DATE = rf"[0-9]{{1,2}}(?:er|\.)?[ -]?{MONTH}"
STREET_WORD = rf"(?:{STREET_FIRST}(?:[ '’]|$)|[^0-9]*[ ]{STREET_LAST}(?:[ .,]|$))"

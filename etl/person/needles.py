"""Find an e-mail address or a phone number in any text, however it is written there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from typing import Any

from etl.normalise.phone import read_number, region_of

TAIL = 7
"""How many last digits of a number are searched for before it is read."""
BETWEEN = r'[^0-9A-Za-z",:]{0,6}'
"""What may stand between two digits of a number."""
SHORTEST, LONGEST = 8, 15
"""How many digits a number has, with its calling code or a zero."""
FOREIGN = re.compile(r"[^\x00-\x7f]+")
"""Letters that may be escaped, or in another case, where only bytes are compared."""
ESCAPED = r"\\u(?:00[2-7aA]|20)"
"""A character of an address or a number that JSON may write as an escape."""

email_of = lru_cache(1 << 16)(lambda text: text.strip().casefold())


@lru_cache(1 << 16)
def read_as(text: str, region: str | None) -> str | None:
    """Return the number in E.164, read in a country; None if it is none."""
    return read_number(text, region)[0]


class Needles:
    """E-mail addresses (normalised) and phone numbers (E.164) that are looked for."""

    def __init__(self, emails: Collection[str] = (), phones: Collection[str] = ()) -> None:
        self.emails, self.phones = frozenset(emails), frozenset(phones)
        self._regions = {phone: region_of(phone) for phone in self.phones}
        ends = self._ends()
        self._tails = re.compile("|".join(ends)) if ends else None
        addresses = [re.escape(email) for email in sorted(self.emails)]
        self._addresses = re.compile(rf"(?<![\w.+-])(?:{'|'.join(addresses)})(?![\w-]|\.\w)") if addresses else None

    @cached_property
    def source(self) -> str:
        """A pattern, for Python and polars, that matches every text that holds one of them, and some others; empty for
        no needles."""
        addresses = (FOREIGN.sub(r'[^\\s"]{1,60}', re.escape(email)) for email in sorted(self.emails))
        return "|".join([*addresses, *self._ends()])

    def _ends(self) -> list[str]:
        return [BETWEEN.join(phone[1:][-TAIL:]) for phone in sorted(self.phones)]

    def in_text(self, text: str) -> bool:
        return any(True for _ in self.found(text))

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of each of them in a text."""
        if self._addresses is not None and "@" in text:
            folded = text.casefold() if len(text.casefold()) == len(text) else text.lower()
            yield from (match.span() for match in self._addresses.finditer(folded))
        if self._tails is not None:
            for match in self._tails.finditer(text):
                start = self._start(text, match.end())
                if start is not None:
                    yield start, match.end()

    def in_value(self, value: Any) -> bool:
        """Whether a JSON scalar holds one."""
        if isinstance(value, bool) or value is None or not isinstance(value, str | int | float):
            return False
        return self.in_text(str(value))

    def is_one(self, value: Any) -> bool:
        """Whether a JSON scalar is one, and nothing else."""
        text = str(value)
        if email_of(text) in self.emails:
            return True
        return any(read_as(text, region) == phone for phone, region in self._regions.items())

    def _start(self, text: str, end: int) -> int | None:
        """Where the number begins that ends here; None if none of ours does. What is a number from further left
        decides: a part of a foreign one may read as another."""
        starts = list(_starts(text, end)) if not text[end : end + 1].isdigit() else []
        for phone, region in self._regions.items():
            for start in reversed(starts):
                read = read_as(text[start:end], region)
                if read == phone:
                    return start
                if read is not None:
                    break
        return None


def _starts(text: str, end: int) -> Iterator[int]:
    """Yield where a number that ends here may begin, from the right to the left."""
    digits = 0
    for at in range(end - 1, -1, -1):
        if text[at] in '",:\n' or text[at].isalpha():
            return
        if not text[at].isdigit():
            continue
        digits += 1
        if digits > LONGEST:
            return
        if digits >= SHORTEST and not (at and text[at - 1].isdigit()):
            yield at - 1 if text[at - 1 : at] == "+" else at

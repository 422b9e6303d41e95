"""What is left of erased people: keyed hashes, by which a later run knows them when a source still has them.

    <state>/erasures/key                 32 random bytes in hexadecimal, 0600; made by the first erasure
    <state>/erasures/tombstones.json     {"emails": […], "phones": […], "records": […], "rows": […], "regions": […]}

Each is HMAC-SHA256 with that key: of an address, of a number in E.164, of a record by shop, stream and id, and of a row
by account, stream and key as a push names it. Whoever has the tombstones and not the key learns nothing from them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import orjson
import polars as pl

from etl.errors import ConfigurationError
from etl.normalise.phone import normalise_phones, region_of
from etl.person.needles import LONGEST, SHORTEST, Needles, email_of
from etl.person.wanted import Asked
from etl.state.files import make_folder, write_whole

FOLDER = "erasures"
ADDRESS = re.compile(r"""[^\s"<>,;:\\()\[\]{}|=/']+@[^\s"<>,;:\\()\[\]{}|=/']+""")
NUMBERS = re.compile(r"\+?\d(?:[^0-9A-Za-z\",:;]{0,4}\d){7,}")
GROUP = re.compile(r"\+?\d+")
KINDS = ("emails", "phones", "records", "rows", "regions")


@dataclass(frozen=True)
class Tombstones:
    """Those of one state folder."""

    key: bytes = b""
    emails: frozenset[str] = field(default_factory=frozenset)
    phones: frozenset[str] = field(default_factory=frozenset)
    records: frozenset[str] = field(default_factory=frozenset)
    rows: frozenset[str] = field(default_factory=frozenset)
    regions: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def load(cls, state: Path) -> Tombstones:
        """Read them; there may be none. Raises ConfigurationError where they are damaged, or the key is gone."""
        folder = state / FOLDER
        path = folder / "tombstones.json"
        try:
            told = orjson.loads(path.read_bytes()) if path.exists() else {}
            key = bytes.fromhex((folder / "key").read_text("ascii")) if told or (folder / "key").exists() else b""
            return cls(key, *(frozenset(map(str, told.get(kind, ()))) for kind in KINDS))
        except (OSError, ValueError, AttributeError):
            raise ConfigurationError(
                f"{folder} is damaged: what tells who was erased cannot be read.",
                remedy="Restore that folder from a backup; without it erased people would come back.",
            ) from None

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.records or self.rows)

    def with_key(self, state: Path) -> Tombstones:
        """Return them with a key, made durably if there is none yet."""
        if self.key:
            return self
        key = secrets.token_bytes(32)
        make_folder(state / FOLDER)
        write_whole(state / FOLDER / "key", key.hex().encode())
        return replace(self, key=key)

    def add(
        self, asked: Asked, records: Iterable[tuple[str, str, str]], rows: Iterable[tuple[str, str, str]]
    ) -> Tombstones:
        """Return them with a person more: records are named by shop, stream and id, rows by account, stream, key."""
        return replace(
            self,
            emails=self.emails | {self.hash("email", one) for one in asked.emails},
            phones=self.phones | {self.hash("phone", one) for one in asked.phones},
            records=self.records | {self.hash("record", *one) for one in records},
            rows=self.rows | {self.hash("row", *one) for one in rows},
            regions=self.regions | {region for one in asked.phones if (region := region_of(one))},
        )

    def save(self, state: Path) -> None:
        """Write them, durably on return."""
        told = {kind: sorted(getattr(self, kind)) for kind in KINDS}
        write_whole(state / FOLDER / "tombstones.json", orjson.dumps(told, option=orjson.OPT_INDENT_2))

    def hash(self, kind: str, *parts: str) -> str:
        return hmac.new(self.key, "\0".join((kind, *parts)).encode("utf-8", "replace"), sha256).hexdigest()

    def has_row(self, record: tuple[str, str, str]) -> bool:
        """Whether a record, by account, stream and id, was an erased person's own."""
        return bool(self.rows) and self.hash("row", *record) in self.rows

    # -- knowing somebody again ------------------------------------------------------------------------

    def people_in(self, text: str) -> Asked:
        """Return the addresses and numbers in a text that are those of erased people."""
        emails, phones = set[str](), set[str]()
        if self.emails and "@" in text:
            given = {email_of(one.strip(".")) for one in set(ADDRESS.findall(text))}
            emails = {one for one in given if self.hash("email", one) in self.emails}
        if self.phones:
            numbers = pl.Series(
                sorted({one for match in NUMBERS.finditer(text) for one in _each(match[0])}), dtype=pl.String
            )
            phones = {one for one in self._read(numbers) if self.hash("phone", one) in self.phones}
        return Asked(frozenset(emails), frozenset(phones))

    def _read(self, numbers: pl.Series) -> set[str]:
        """Read numbers in every country that an erased person's number is of."""
        found = set[str]()
        for region in sorted(self.regions) if numbers.len() else ():
            frame = pl.DataFrame({"raw": numbers}).with_columns(country_code=pl.lit(region, dtype=pl.String))
            found |= set(normalise_phones(frame)["e164"].drop_nulls())
        return found

    def erased_ids(self, tenant: str, stream: str, ids: pl.Series) -> set[str]:
        """Return those of a shop's ids that are of erased records."""
        if not self.records:
            return set()
        prefix = hmac.new(self.key, f"record\0{tenant}\0{stream}\0".encode(), sha256)
        found = set()
        for one in ids.unique().drop_nulls():
            each = prefix.copy()
            each.update(one.strip().encode("utf-8", "replace"))
            if each.hexdigest() in self.records:
                found.add(one.strip())
        return found

    def rows_of(self, rows: pl.DataFrame) -> pl.Series:
        """Tell which rows to push are of erased people: by account, stream and key, or any of their texts."""
        named = rows.select(pl.col("account", "stream", "key").fill_null(""))
        mask = pl.Series([self.hash("row", *one) in self.rows for one in named.iter_rows()], dtype=pl.Boolean)
        texts = [column for column in rows.iter_columns() if column.dtype == pl.String and column.name not in KEYS]
        for column in texts:
            distinct = column.unique().drop_nulls()
            people = self.people_in("\n".join(distinct))
            needles = Needles(people.emails, people.phones)
            if people.emails or people.phones:
                theirs = [one for one in distinct if needles.in_text(one)]
                mask = mask | column.is_in(pl.Series(theirs, dtype=pl.String).implode()).fill_null(False)
        return mask


def _each(numbers: str) -> Iterator[str]:
    """Yield every part of a row of groups of digits that may be a number: several may stand in one row."""
    groups = [found.span() for found in GROUP.finditer(numbers)]
    for n, (start, _) in enumerate(groups):
        digits = 0
        for first, end in groups[n:]:
            digits += end - first
            if digits > LONGEST + 1:
                break
            if digits >= SHORTEST:
                yield numbers[start:end]


KEYS = ("account", "stream", "key")

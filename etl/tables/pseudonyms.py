"""Write tables with pseudonyms, for test systems: keyed, the same in every table and run, and of the form of the value.

KEYFILE     at least 16 bytes, which nobody else may read: who has it can tell whether a guess is right
names       made-up words, one for each word; particles and legal forms stay
e-mail      made-up names at example.org, example.com or example.net, which are reserved
phones      valid numbers of the same country and kind, in the notation that they stand in
addresses   made-up streets and places; numbers and postcodes of the same form; coordinates to a tenth of a degree
ids         stay, as do dates, kinds, codes and flags; free texts, and columns that are not known, are emptied
"""

from __future__ import annotations

import hmac
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import phonenumbers
import polars as pl

from etl.errors import ConfigurationError
from etl.normalise.made_up import like, street, word
from etl.normalise.phone import read_number
from etl.records import TABLES
from etl.tables.read_table import read_table
from etl.tables.write import check_target, write_frame

SHORTEST, LONGEST = 16, 4096
OF_PEOPLE = ("contacts", "contact_persons", "phone_numbers")
NAMES = (
    "name", "display_name", "company_name", "department", "attention", "first_name", "last_name", "city",
    "invoice_attention", "invoice_city",
)  # fmt: skip
STREETS = ("address_line", "street", "invoice_address_line", "invoice_street")
DIGITS = ("house_number", "invoice_house_number")
EMAILS = ("email", "email_1", "email_2")
PHONES = ("phone", "mobile", "fax", "phone_1", "phone_2", "phone_1_raw", "phone_2_raw", "raw", "e164")
CODES = ("postcode", "invoice_postcode", "vat_number", "coc_number", "initials", "invoice_box", "box")
PLACES = ("latitude", "longitude", "invoice_latitude", "invoice_longitude")
KEPT = frozenset({
    "account", "system", "stream", "source_id", "person_id", "phone_number_id", "kind", "is_organisation", "title",
    "gender", "insertion", "country_code", "country", "province_code", "province", "house_number_postfix",
    "invoice_house_number_postfix", "invoice_country_code", "invoice_country", "address_rule", "bank_name",
    "payment_term_days", "discount_percentage", "reference", "client_code", "contact_group", "customer_type", "status",
    "company_id", "active", "created_at", "modified_at", "deleted_at", "extracted_at", "issues", "main_contact",
    "newsletter_ids", "valid", "salutation",
})  # fmt: skip
STAY = frozenset({
    "aan", "bij", "de", "den", "der", "d", "een", "en", "het", "in", "la", "le", "te", "ten", "ter", "tot", "uit",
    "van", "von", "vd", "voor", "zu", "bv", "b.v.", "nv", "n.v.", "vof", "v.o.f.", "cv", "gmbh", "ltd", "sarl", "sprl",
    "bvba", "stichting", "vereniging", "t.a.v.", "tav", "dhr", "mevr", "mw",
})  # fmt: skip
"""Words that are in the names of many."""
WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+\.)*")
TRIES = 64


@dataclass(frozen=True)
class Pseudonyms:
    """Those of one key."""

    key: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Pseudonyms:
        """Read the key. Raises ConfigurationError for a file that is none, or that others may read."""
        remedy = f"Make one: (umask 077; head -c 32 /dev/urandom | base64 > {path})"
        try:
            told = path.stat()
            if not stat.S_ISREG(told.st_mode) or not SHORTEST <= told.st_size <= LONGEST:
                raise ConfigurationError(f"{path} is no key of {SHORTEST} to {LONGEST} bytes.", remedy=remedy)
            if stat.S_IMODE(told.st_mode) & 0o077:
                raise ConfigurationError(f"{path} is a key that others may read.", remedy=f"chmod 600 {path}")
            return cls(path.read_bytes().strip())
        except OSError as error:
            raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", remedy=remedy) from None

    def table(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """Return an output table with pseudonyms. Tables of products are about nobody, and stay as they are."""
        return self.rows(frame) if name in OF_PEOPLE or name not in TABLES else frame

    def rows(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return rows of people with pseudonyms: columns are known by their names, others are emptied."""
        return frame.with_columns(self._column(frame, name) for name in frame.columns if name not in KEPT)

    @staticmethod
    def emptied(frame: pl.DataFrame) -> list[str]:
        """The columns that are emptied because nothing tells what is in them."""
        known = {*KEPT, *NAMES, *STREETS, *DIGITS, *EMAILS, *PHONES, *CODES, *PLACES, "website", "bank_number"}
        return [name for name in frame.columns if name not in known]

    def _column(self, frame: pl.DataFrame, name: str) -> pl.Series:
        column = frame[name]
        if name in PHONES:
            return self._phones(frame, name)
        if name in PLACES and column.dtype.is_numeric():
            return column.round(1)
        makers: dict[tuple[str, ...], Callable[[str], str]] = {
            NAMES: self.words, STREETS: self.address, DIGITS: self.number, EMAILS: self.email, CODES: self.code,
            ("website",): self.website, ("bank_number",): self.bank_number,
        }  # fmt: skip
        maker = next((maker for names, maker in makers.items() if name in names), None)
        if maker is None:
            return pl.Series(name, [None], dtype=column.dtype).new_from_index(0, frame.height)
        distinct = column.cast(pl.String).unique().drop_nulls()
        made = pl.Series([maker(one) for one in distinct], dtype=pl.String)
        mapped = column.cast(pl.String).replace_strict(distinct, made, default=None, return_dtype=pl.String)
        return mapped.cast(column.dtype).alias(name)

    def _phones(self, frame: pl.DataFrame, name: str) -> pl.Series:
        """Numbers of the same country: it is that of the row where a number does not tell."""
        country = next((one for one in ("country_code", "country") if one in frame.columns), None)
        region = pl.col(country) if country else pl.lit(None)
        pairs = frame.select(raw=pl.col(name).cast(pl.String), region=region.cast(pl.String))
        distinct = pairs.unique().drop_nulls("raw")
        made = [self.phone(raw, place) for raw, place in distinct.iter_rows()]
        found = pairs.join(
            distinct.with_columns(made=pl.Series(made, dtype=pl.String)),
            on=["raw", "region"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        return found["made"].alias(name)

    # -- one value ---------------------------------------------------------------------------------------

    def words(self, text: str) -> str:
        return WORD.sub(lambda found: self._word(found[0]), text)

    def address(self, text: str) -> str:
        """A street with its number, or either: in columns apart they get the same pseudonyms."""
        named = WORD.sub(lambda found: self._street(found[0]), text)
        return re.sub(r"\d+", lambda found: self.number(found[0]), named)

    def number(self, text: str) -> str:
        """A house number of as many figures at most."""
        drawn = int.from_bytes(self._drawn("number", text.strip())[:4])
        return str(1 + drawn % (10 ** min(len(text.strip()), 3) - 1))

    def email(self, text: str) -> str:
        address = text.strip().casefold()
        drawn = self._drawn("email", address)
        ending = ("org", "com", "net")[self._drawn("domain", address.partition("@")[2])[0] % 3]
        return f"{word(drawn)}.{word(drawn[3:])}.{drawn[6:9].hex()}@example.{ending}"

    def website(self, text: str) -> str:
        return f"https://www.{word(self._drawn('website', text.strip().casefold()))}.example"

    def code(self, text: str) -> str:
        """Figures for figures and letters for letters; the first of each stays, as it tells of region or country."""
        drawn = self._drawn("code", re.sub(r"\W", "", text).upper())
        made, seen = list[str](), set[bool]()
        for n, sign in enumerate(text):
            if not sign.isalnum() or (sign.isdigit() not in seen and len(text) > 3):
                made.append(sign)
            elif sign.isdigit():
                made.append(str(drawn[n % len(drawn)] % 10))
            else:
                letter = "BCDEFGHJKLMNPRTVWXZ"[drawn[n % len(drawn)] % 19]
                made.append(letter if sign.isupper() else letter.lower())
            seen |= {sign.isdigit()} if sign.isalnum() else set()
        return "".join(made)

    def bank_number(self, text: str) -> str:
        """An IBAN of the same bank with its check figures, or figures for figures."""
        plain = re.sub(r"\s", "", text).upper()
        if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z]{0,4}\d{6,26}", plain):
            return self.code(text)
        drawn = self._drawn("bank", plain)
        begin, figures = re.match(r"([A-Z]{2}\d{2}[A-Z]*)(\d+)", plain).groups()  # type: ignore[union-attr]  # it matched
        made = begin[4:] + "".join(str(drawn[n % len(drawn)] % 10) for n in range(len(figures)))
        value = int("".join(str(int(sign, 36)) for sign in f"{made}{begin[:2]}00"))
        return f"{begin[:2]}{98 - value % 97:02d}{made}"

    def phone(self, text: str, region: str | None) -> str:
        """A valid number of the same country and kind, in the notation of this one; other figures if it is none."""
        given = read_number(text, region)[0] or read_number(text, "NL")[0]
        if given is None:
            return self._figures(text, self._drawn("phone", text))
        number = phonenumbers.parse(given)
        old = str(number.national_number)
        new = self._national(number, old)
        figures = [n for n, sign in enumerate(text) if sign.isdigit()]
        if "".join(text[n] for n in figures)[-len(old) :] != old:
            return f"+{number.country_code}{new}"
        written = list(text)
        for n, sign in zip(figures[-len(old) :], new, strict=True):
            written[n] = sign
        return "".join(written)

    def _national(self, number: phonenumbers.PhoneNumber, old: str) -> str:
        kind, given = phonenumbers.number_type(number), phonenumbers.format_number(number, 0)
        kept = max(len(old) - 7, 2)
        for n in range(TRIES):
            new = old[:kept] + self._figures(old[kept:], self._drawn("phone", f"{given} {n}"))
            made = phonenumbers.PhoneNumber(country_code=number.country_code, national_number=int(new))
            if new != old and phonenumbers.is_valid_number(made) and phonenumbers.number_type(made) == kind:
                return new
        return old[:kept] + self._figures(old[kept:], self._drawn("phone", given))

    def _figures(self, text: str, drawn: bytes) -> str:
        return "".join(str(drawn[n % len(drawn)] % 10) if sign.isdigit() else sign for n, sign in enumerate(text))

    def _word(self, name: str) -> str:
        folded = name.casefold()
        if folded in STAY or (len(name) == 1 and name.islower()):
            return name
        made = word(self._drawn("word", folded))
        return like(name, made[: len(name)] if len(name) == 1 else made)

    def _street(self, name: str) -> str:
        folded = name.casefold()
        if folded in STAY or len(folded) == 1:
            return name
        return like(name, street(folded, self._drawn("street", folded)))

    def _drawn(self, kind: str, text: str) -> bytes:
        return hmac.new(self.key, f"{kind}\0{text}".encode("utf-8", "replace"), sha256).digest()


def pseudonymise_file(source: Path, target: Path, pseudonyms: Pseudonyms) -> tuple[int, list[str]]:
    """Write a table again with pseudonyms; return its rows, and the columns that were emptied and held anything.

    Raises UsageError for a suffix that is not known, or a target that is the source, and what reading and writing do.
    """
    check_target(source, target)
    frame = read_table(source)
    emptied = [name for name in pseudonyms.emptied(frame) if frame[name].null_count() < frame.height]
    write_frame(pseudonyms.rows(frame), target, "rows")
    return frame.height, emptied

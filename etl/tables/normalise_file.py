"""Normalise the contact columns of a user's own table, and keep all others (`etl normalise`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from etl.config.language import Language
from etl.errors import UsageError
from etl.normalise.contacts import Policy
from etl.normalise.own_table import normalise_own
from etl.tables.accounted import holding_contacts, in_order, without_people
from etl.tables.column_map import with_map
from etl.tables.dialect import DialectName, dialect_of, named
from etl.tables.dutch import said_in
from etl.tables.flat import as_texts
from etl.tables.known_columns import DERIVED, KEYS, KNOWN, OURS
from etl.tables.normalised_again import Prepared, prepare, reconcile
from etl.tables.pseudonyms import Pseudonyms
from etl.tables.read_table import read_own_table, refuse_empty
from etl.tables.synonyms import Headers, read_headers
from etl.tables.untouched import with_untouched
from etl.tables.utc_cells import with_zone
from etl.tables.write import check_target, write_frame


@dataclass(frozen=True)
class Normalised:
    """The result for a file: rows in, rows out, rows rejected by the policy, and how often each flag was set.

    `columns` maps our columns to those of the file that they were read from. `kept` are the columns that were not
    recognised and are left as they came, `unread` those of them that hold contacts where no other column does;
    `odd` says what of the file was not read as it stands, `notes` what was not read, or not written as it came.
    """

    received: int
    written: int
    rejected: int
    flags: Mapping[str, int]
    files: list[Path]
    columns: Mapping[str, str]
    kept: list[str]
    unread: list[str]
    odd: list[str]
    notes: list[str]


def normalise_file(
    source: Path,
    target: Path,
    *,
    sheet: str | None = None,
    country: str | None = None,
    timezone: str = "Europe/Amsterdam",
    policy: Policy = "usual",
    pseudonyms: Pseudonyms | None = None,
    mapping: Path | None = None,
    dialect: DialectName | None = None,
    language: Language = "en",
) -> Normalised:
    """Read, normalise, write. `sheet` names the sheet of a workbook, in place of the first that is not hidden. Raises
    UsageError for a file without a known column, and what reading and writing raise.

    A `mapping` is a map.toml: it says which column is what, and no other column is read. With the policy `reject`, rows
    with an ambiguous address go to `<target>.rejects.csv` instead, as they came: CSV as the source is, or in the
    `dialect`, with the reason in the `language`. With `pseudonyms`, both files have these in place of people.
    """
    rejects = target.with_name(f"{target.stem}.rejects.csv")
    check_target(source, target, rejects)
    form = target.suffix[1:].lower()
    csv = named(dialect, ["csv"] if policy == "reject" else [form])
    frame, odd = read_own_table(source, sheet)
    if not set(KEYS) <= set(frame.columns):  # an export of nothing normalises to nothing
        refuse_empty(frame, source)
    if mapping is None:
        table, headers, notes, said = frame, read_headers(frame.columns, KNOWN), list[str](), dict[str, str]()
    else:
        table, notes, said = with_map(frame, mapping)
        headers = Headers({name: name for name in table.columns if name in KNOWN})
    own = with_zone(_with_known_names(table, headers, source), source, ("created_at", "modified_at"))

    def read(prepared: Prepared) -> pl.DataFrame:
        before = prepared.read_before()
        done = normalise_own(
            prepared.frame, country=country, timezone=timezone, policy=policy, before=before, said=said
        )
        return reconcile(prepared, done)

    prepared = prepare(own)
    done = with_untouched(read(prepared), prepared, lambda typed: read(prepare(typed)))
    done = in_order(done, own)
    rejected = (
        done["issues"].list.contains("address.ambiguous")
        if policy == "reject"
        else pl.repeat(False, done.height, eager=True)
    )
    files = [target]
    if pseudonyms is not None:
        done, frame = pseudonyms.rows(done), pseudonyms.rows(own)
    notes += write_frame(done.filter(~rejected), target, "contacts", dialect=csv)
    if rejected.any():
        reason = pl.lit(said_in("the address can be read in two ways", language)).alias("reason")
        back = csv if dialect else dialect_of(source)
        notes += write_frame(frame.filter(rejected).with_columns(reason), rejects, "rejects", dialect=back)
        files.append(rejects)
    counts = done["issues"].explode().drop_nulls().value_counts(sort=True)
    flags = {str(flag): int(count) for flag, count in counts.iter_rows()}
    aside = int(rejected.sum())
    kept = [name for name in own.columns if name not in (*KNOWN, *DERIVED, "extra")]
    notes += [f"{name} is kept: {ours} is read from {headers.names[ours]}." for name, ours in headers.surplus.items()]
    own_texts = [name for name in (*DERIVED, "extra") if name in table.columns and not prepared.ours.all()]
    if own_texts:
        notes.append(f"columns of your own that bear a name of ours stand in extra: {', '.join(own_texts)}.")
    unread = []
    if without_people(headers.names):
        unread = holding_contacts(own, kept)
        notes.append(f"none of name, address, phone and e-mail is known among its columns: {', '.join(own.columns)}.")
    return Normalised(frame.height, done.height - aside, aside, flags, files, headers.names, kept, unread, odd, notes)


def _with_known_names(frame: pl.DataFrame, headers: Headers, source: Path) -> pl.DataFrame:
    """Rename known columns to their standard names, as text."""
    if not headers.names:
        raise UsageError(f"{source} has no column that is known.", remedy=f"Known are {', '.join(KNOWN)}.")
    if headers.twice:
        raise UsageError(
            f"{source} has the column {headers.twice[0]} twice.",
            remedy="Rename one of them, or leave it out of the file.",
        )
    frame = frame.rename({name: ours for ours, name in headers.names.items()})
    return as_texts(frame, [name for name in (*headers.names, *OURS) if name in frame.columns], source)

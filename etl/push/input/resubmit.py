"""Resubmit the corrected rejects of an earlier push: read them as rows of their export, and normalise them again."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from etl.config.settings import Account
from etl.normalise.own_table import normalise_own

SCALARS = ("phone", "mobile", "country_code", "province_code", "postcode", "email", "vat_number", "coc_number")
SPLIT = ("street", "house_number", "house_number_postfix", "box", "address_extra")
PLACED = ("address_line", *SPLIT)


def normalised_again(frame: pl.DataFrame, fields: pl.Series, account: Account) -> pl.DataFrame:
    """Normalise the cells of an export's rows as those of a user's own table: `+31612345678` stays, `06-12345678`
    becomes it. An address is split again if its line was rejected: `fields` are those named in the rejects."""
    texts = [name for name in (*SCALARS, "address_line") if name in frame.columns]
    read = frame.select(pl.col(name).cast(pl.String) for name in texts)
    done = normalise_own(read, country=account.country, timezone=account.timezone)
    made = frame.with_columns(pl.coalesce(done[name], frame[name].cast(pl.String)).alias(name) for name in texts)
    relined = fields.fill_null("").str.contains("address_line")
    anew = [name for name in PLACED if name in done.columns and relined.any()]
    return made.with_columns(
        pl.when(relined).then(done[name].cast(pl.String)).otherwise(_text(made, name)).alias(name) for name in anew
    )


def _text(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String)


def inputs_of(rejects: Path) -> list[Path]:
    """List the input files of the run that wrote these rejects, from its summary."""
    summary = rejects.parent.parent / "runs" / f"{rejects.stem}.json"
    try:
        report = json.loads(summary.read_text("utf-8"))
        return [Path(one) for one in report.get("inputs", ())] if rejects.parent.name == "rejects" else []
    except (OSError, ValueError, AttributeError, TypeError):
        return []

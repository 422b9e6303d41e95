"""Read an address from its line, from its parts, or from both, where a row may have either."""

from __future__ import annotations

import polars as pl

from etl.normalise.address import ADDRESS_SCHEMA, Policy, form, repair, split

LINE = "address_line"
PARTS = ("street", "house_number", "house_number_postfix")
TYPED = (*PARTS, "box")

_FRENCH = rf"^{form.STREET_FIRST}[ '’]"


def read_parts(typed: pl.DataFrame, country: pl.Series, policy: Policy) -> pl.DataFrame:
    """Read tidy parts (the columns `TYPED`). Returns the line built from them, the columns of `ADDRESS_SCHEMA`, and
    `against`: whether a box was typed twice, and differently."""
    found = repair(pl.DataFrame({**typed.select(PARTS).to_dict(), "country_code": country}), policy=policy, tidy=True)
    box = typed["box"]
    if box.null_count() == len(box):
        return found.with_columns(against=pl.lit(False))
    word = pl.when(pl.col("street").str.contains(_FRENCH)).then(pl.lit("bte ")).otherwise(pl.lit("bus "))
    added = pl.col("box").is_null() & pl.col("typed_box").is_not_null()
    line = pl.concat_str(LINE, word + pl.col("typed_box"), separator=" ", ignore_nulls=True)
    return (
        found.with_columns(typed_box=box)
        .with_columns(
            pl.when(added).then(line).otherwise(LINE).alias(LINE),
            pl.when(added).then("typed_box").otherwise("box").alias("box"),
            pl.when(added)
            .then(pl.col("address_rule").fill_null("parts"))
            .otherwise("address_rule")
            .alias("address_rule"),
            against=_differ("box", "typed_box"),
        )
        .drop("typed_box")
    )


def read_line_or_parts(line: pl.Series, typed: pl.DataFrame, country: pl.Series, policy: Policy) -> pl.DataFrame:
    """Read rows of which some have a line, some parts, and some both; returns what `read_parts` does.

    Parts that the line was built from are read in its place, and so are clean ones beside a line without a number. Of
    others, what the line lacks is added; `against` are the rows where the line contradicts them.
    """
    read = split(pl.DataFrame({LINE: line, "country_code": country}), policy=policy)
    read = read.with_columns(line.alias(LINE), against=pl.lit(False)).with_row_index("row")
    there = typed.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    unlike = pl.any_horizontal(
        (typed[part] != read[part].cast(pl.String)).fill_null(typed[part].is_not_null()) for part in TYPED
    )
    rows = pl.select(there & (line.is_null() | unlike)).to_series().arg_true()
    if len(rows) == 0:
        return read.drop("row")
    of_line = read[rows]
    numbered = of_line["house_number"].is_not_null()
    said = {part: of_line[part].cast(pl.String) for part in TYPED}
    filled = typed[rows].with_columns(
        pl.when(numbered).then(pl.coalesce(part, said[part])).otherwise(part).alias(part)
        for part in ("street", "house_number")
    )
    # What the line says as well need not be read again beside what it lacks: `4,6,8` and box 4.
    agrees = numbered & (filled["street"] == of_line["street"]) & (filled["house_number"] == said["house_number"])
    filled = filled.with_columns(
        pl.when(agrees & (pl.col(part) == said[part])).then(None).otherwise(part).alias(part)
        for part in ("house_number_postfix", "box")
    )
    of_parts = read_parts(filled, country.gather(rows), policy)
    chosen = _chosen(of_line, of_parts, typed[rows])
    return (
        pl.concat([read.filter(~read["row"].is_in(rows.implode())), chosen.select(read.columns)])
        .sort("row")
        .drop("row")
    )


def _chosen(of_line: pl.DataFrame, of_parts: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    both = of_line.hstack(of_parts.rename({name: f"parts_{name}" for name in of_parts.columns}))
    both = both.hstack(typed.rename({part: f"typed_{part}" for part in TYPED}))
    wordless = ~pl.col("typed_street").str.contains(r"[\p{L}\p{N}]").fill_null(True)
    built = (_letters(LINE) == _letters(f"parts_{LINE}")) & (_letters(LINE) != "") & ~wordless
    clean = pl.all_horizontal(
        pl.col(f"parts_{part}").cast(pl.String).eq_missing(pl.col(f"typed_{part}")) for part in TYPED
    )
    better = pl.col("house_number").is_null() & pl.col("parts_house_number").is_not_null() & clean
    alike = (_folded("street") == _folded("parts_street")) & (pl.col("house_number") == pl.col("parts_house_number"))
    both = both.with_columns(
        whole=(pl.col(LINE).is_null() | built | better).fill_null(False), alike=alike.fill_null(False)
    )
    added = ("house_number_postfix", "box")
    contradicted = ~pl.col("alike") | pl.any_horizontal(_differ(name, f"parts_{name}") for name in added)
    return both.select(
        "row",
        pl.coalesce(LINE, f"parts_{LINE}").alias(LINE),
        *(
            pl.when("whole")
            .then(f"parts_{name}")
            .otherwise(
                pl.when("alike").then(pl.coalesce(name, f"parts_{name}")).otherwise(name) if name in added else name
            )
            .alias(name)
            for name in ADDRESS_SCHEMA
        ),
        pl.when("whole").then("parts_against").otherwise(contradicted).alias("against"),
    )


def _letters(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all(r"[^\p{L}\p{N}]", "").str.to_lowercase()


def _folded(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase()


def _differ(name: str, other: str) -> pl.Expr:
    return (_folded(name) != _folded(other)).fill_null(False)

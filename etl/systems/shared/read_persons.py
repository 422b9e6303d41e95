"""Read contact persons and their phone numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from etl.systems.declare import UNKNOWN, Fields, published

if TYPE_CHECKING:
    import polars as pl


def published_persons(fields: Fields, prefix: str) -> dict[str, str]:
    """Return `published` for contact_persons, with the columns that share a field: insertion and raw numbers."""
    names = published(fields, prefix)
    typed = {f"{column}_raw": names[column] for column in ("phone_1", "phone_2")}
    return {**names, **typed, "insertion": names["last_name"]}


def contact_persons(
    persons: pl.DataFrame,
    names: Mapping[str, str],
    *,
    country: str | None,
    already_read: Sequence[pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """Convert persons with their fields as received to contact_persons, plus the columns that `person_phones` needs.

    The frame has source_id, country_code (the contact's, for reading phones and addresses), `_unknown`, and the
    wire fields that `names` maps columns to. `already_read` holds earlier results for their two phones, if any.
    """
    import polars as pl

    from etl.normalise.contacts import normalise_address_block, normalise_contacts
    from etl.normalise.extra import merge
    from etl.normalise.names import genders
    from etl.normalise.phone import normalise_phones
    from etl.systems.shared.tables import blank_to_null

    raw = persons.select(
        pl.col("source_id").str.strip_chars(),
        pl.col("country_code").alias("country"),
        UNKNOWN,
        *(pl.col(wire).alias(column) for column, wire in names.items()),
    )
    raw = blank_to_null(raw, "phone_1_raw", "phone_2_raw")
    somewhere = pl.any_horizontal(pl.col("address_line", "postcode", "city").str.strip_chars() != "")
    split = normalise_address_block(
        raw.select("address_line", "postcode", "city", country=pl.when(somewhere).then("country")),
        country=country,
        own_names=names,
    )
    person = normalise_contacts(raw.select("first_name", "last_name", "country", email="email_1"))
    second = normalise_contacts(raw.select(email="email_2"))
    phones = [
        normalise_phones(
            raw.select(raw=f"phone_{n}_raw", country_code="country"),
            country=country,
            already_read=already_read[n - 1] if already_read else None,
        ).select(
            pl.col("e164").alias(f"phone_{n}"),
            pl.col("kind").alias(f"phone_{n}_kind"),
            pl.col("valid").alias(f"phone_{n}_valid"),
        )
        for n in (1, 2)
    ]
    wrong = [(~read[f"phone_{n}_valid"]).fill_null(False) for n, read in enumerate(phones, start=1)]
    issues = _issues([split["issues"], person["issues"], second["issues"]], wrong[0] | wrong[1])
    people = pl.concat(
        [
            raw.drop("country", "address_line", "postcode", "city", "first_name", "last_name", "email_1", "email_2"),
            split.drop("issues"),
            person.select("first_name", "insertion", "last_name", email_1="email"),
            second.select(email_2="email"),
            *phones,
        ],
        how="horizontal",
    ).with_columns(
        issues=issues,
        extra=merge(pl.col(UNKNOWN), pl.col("originals")),
        gender=genders(raw["gender"]),
        main_contact=pl.col("main_contact").str.to_lowercase().is_in(["true", "1"])
        if "main_contact" in names
        else None,
    )
    return blank_to_null(people, "person_id", "salutation")


def _issues(lists: Sequence[pl.Series], phone_invalid: pl.Series) -> pl.Series:
    """Combine the flags of all lists and of the phones, each once."""
    import polars as pl

    flags = pl.DataFrame({str(n): each for n, each in enumerate(lists)})
    rows = (flags.select(pl.any_horizontal(pl.all().list.len() > 0)).to_series() | phone_invalid).arg_true()
    phone = (
        pl.when(phone_invalid.gather(rows)).then(pl.lit(["phone.invalid"])).otherwise(pl.lit([], dtype=flags.dtypes[0]))
    )
    found = flags[rows].select(pl.concat_list(pl.all(), phone).list.unique(maintain_order=True)).to_series()
    # The rows without any share the empty list in front.
    nothing = pl.Series([[]], dtype=found.dtype)
    place = pl.repeat(0, flags.height, dtype=pl.UInt32, eager=True)
    place = place.scatter(rows, pl.int_range(1, len(rows) + 1, dtype=pl.UInt32, eager=True))
    return pl.concat([nothing, found.alias("")]).gather(place)


def person_phones(people: pl.DataFrame, fields: Mapping[str, str]) -> pl.DataFrame:
    """Return the non-blank phone numbers of `contact_persons`, a row each; `fields` maps a column to its field."""
    import polars as pl

    people = people.with_row_index("person")
    numbers = pl.concat(
        people.select(
            "person",
            "source_id",
            "person_id",
            phone_number_id=pl.lit(name),
            kind=pl.col(f"{column}_kind").fill_null("other"),
            raw=f"{column}_raw",
            e164=column,
            valid=f"{column}_valid",
        ).filter(pl.col("raw").is_not_null())
        for column, name in fields.items()
    )
    return numbers.sort("person", maintain_order=True).drop("person")

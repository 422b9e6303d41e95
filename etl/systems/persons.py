"""Contact persons, and the phone numbers they and their contact have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from etl.systems.declare import UNKNOWN

if TYPE_CHECKING:
    import polars as pl


def contact_persons(persons: pl.DataFrame, names: Mapping[str, str], *, country: str | None) -> pl.DataFrame:
    """Persons with their fields as received -> contact_persons, plus what `person_phones` needs.

    The frame has source_id, country_code (the contact's, for reading phones and addresses), `_unknown`, and the
    wire fields of `names`, which maps columns to them.
    """
    import polars as pl

    from etl.extra import merge
    from etl.normalise.contacts import normalise_address_block, normalise_contacts
    from etl.normalise.names import gender
    from etl.normalise.phone import normalise_phones
    from etl.systems.tables import blank_to_null

    raw = persons.select(
        pl.col("source_id").str.strip_chars(),
        pl.col("country_code").alias("country"),
        UNKNOWN,
        *(pl.col(wire).alias(column) for column, wire in names.items()),
    ).with_columns(blank_to_null("phone_1_raw", "phone_2_raw"))
    somewhere = pl.any_horizontal(pl.col("address_line", "postcode", "city").str.strip_chars() != "")
    split = normalise_address_block(
        raw.select("address_line", "postcode", "city", country=pl.when(somewhere).then("country")),
        country=country,
        own_names=names,
    )
    person = normalise_contacts(raw.select("first_name", "last_name", "country", email="email_1"))
    second = normalise_contacts(raw.select(email="email_2"))
    phones = [
        normalise_phones(raw.select(raw=f"phone_{n}_raw", country_code="country"), country=country).select(
            pl.col("e164").alias(f"phone_{n}"),
            pl.col("kind").alias(f"phone_{n}_kind"),
            pl.col("valid").alias(f"phone_{n}_valid"),
        )
        for n in (1, 2)
    ]
    flag = [
        pl.when(~pl.col(f"phone_{n}_valid"))
        .then(pl.lit(["phone.invalid"]))
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
        for n in (1, 2)
    ]
    issues = [split["issues"], person["issues"], second["issues"].alias("second")]
    return (
        pl.concat(
            [
                raw.drop(
                    "country", "address_line", "postcode", "city", "first_name", "last_name", "email_1", "email_2"
                ),
                split.drop("issues"),
                person.select("first_name", "insertion", "last_name", email_1="email"),
                second.select(email_2="email"),
                *phones,
            ],
            how="horizontal",
        )
        .with_columns(split_issues=issues[0], person_issues=issues[1], second_issues=issues[2])
        .with_columns(
            issues=pl.concat_list("split_issues", "person_issues", "second_issues", *flag).list.unique(
                maintain_order=True
            ),
            extra=merge(pl.col(UNKNOWN), pl.col("originals")),
            gender=gender(pl.col("gender")),
            main_contact=pl.col("main_contact").str.to_lowercase().is_in(["true", "1"])
            if "main_contact" in names
            else None,
        )
        .with_columns(blank_to_null("person_id", "salutation"))
    )


def person_phones(people: pl.DataFrame, fields: Mapping[str, str]) -> pl.DataFrame:
    """The non-blank phone numbers of `contact_persons`, a row each; `fields` names the field behind a column."""
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

"""Each field of accounts and contacts: its type on the wire, and the column of `contacts` that it fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from etl.systems.declare import Boolean, Field, Integer, Number, Text

if TYPE_CHECKING:
    import polars as pl


def moment(date: pl.Expr) -> pl.Expr:
    """Return the time of a text such as `/Date(1790000000000)/`: milliseconds since 1970, taken for UTC."""
    import polars as pl

    since_1970 = date.str.extract(r"^\s*/Date\((-?\d{1,14})\)/\s*$").cast(pl.Int64)
    return since_1970.cast(pl.Datetime("ms")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")


def kind(of_type: pl.Expr) -> pl.Expr:
    """Return what an account is: a customer by its Status, else a supplier if it is one. A division is neither."""
    import polars as pl

    is_supplier = pl.col("IsSupplier").str.to_lowercase().is_in(["true", "1"])
    told = pl.when(pl.col("Status").str.strip_chars() == "C").then(pl.lit("customer"))
    return pl.when(of_type.str.strip_chars() == "A").then(told.when(is_supplier).then(pl.lit("supplier")))


def not_told(value: pl.Expr) -> pl.Expr:
    """Return nothing: the kind is other, and the field stays in `extra`."""
    import polars as pl

    return pl.when(pl.lit(False)).then(value)


def unless(flag: pl.Expr) -> pl.Expr:
    """Return the opposite of a flag."""
    import polars as pl

    opposite = {"true": "false", "1": "false", "false": "true", "0": "true"}
    return flag.str.strip_chars().str.to_lowercase().replace_strict(opposite, default=None, return_dtype=pl.String)


TIMES = {
    "Created": Field(Text(), "created_at", read=moment),
    "Modified": Field(Text(), "modified_at", read=moment),
}

ACCOUNT = {
    "ID": Field(Text(), "source_id"),
    "Code": Field(Text(), "client_code"),
    "Name": Field(Text(), "name"),
    "Type": Field(Text(), "kind", read=kind),
    "Status": Field(Text(), "status"),
    "IsSupplier": Field(Boolean()),
    "Blocked": Field(Boolean(), "active", read=unless),
    "StartDate": Field(Text()),
    "EndDate": Field(Text()),
    "AddressLine1": Field(Text(), "address_line"),
    "AddressLine2": Field(Text()),
    "AddressLine3": Field(Text()),
    "Postcode": Field(Text(), "postcode"),
    "City": Field(Text(), "city"),
    "Country": Field(Text(), "country_code"),
    "StateName": Field(Text(), "province_code"),
    "Latitude": Field(Number(), "latitude"),
    "Longitude": Field(Number(), "longitude"),
    "Phone": Field(Text(), "phone"),
    "PhoneExtension": Field(Text()),
    "Fax": Field(Text(), "fax"),
    "Email": Field(Text(), "email"),
    "Website": Field(Text(), "website"),
    "VATNumber": Field(Text(), "vat_number"),
    "ChamberOfCommerce": Field(Text(), "coc_number"),
    "TradeName": Field(Text()),
    "SearchCode": Field(Text()),
    "Language": Field(Text()),
    "MainContact": Field(Text()),
    "Parent": Field(Text()),
    **TIMES,
}
"""Of a relation, or a division of the user's own. Its address is the visiting address."""

CONTACT = {
    "ID": Field(Text(), "source_id"),
    "Account": Field(Text(), "kind", read=not_told),  # a person is neither customer nor supplier by itself
    "AccountName": Field(Text(), "company_name"),
    "AccountIsCustomer": Field(Boolean()),
    "AccountIsSupplier": Field(Boolean()),
    "IsMainContact": Field(Boolean()),
    "HID": Field(Integer()),
    "FullName": Field(Text(), "display_name"),
    "Title": Field(Text(), "title"),
    "Gender": Field(Text(), "gender"),
    "Initials": Field(Text(), "initials"),
    "FirstName": Field(Text(), "first_name"),
    "MiddleName": Field(Text(), "insertion"),
    "LastName": Field(Text(), "last_name"),
    "JobTitleDescription": Field(Text()),
    "Email": Field(Text(), "email"),
    "Phone": Field(Text(), "phone"),
    "PhoneExtension": Field(Text()),
    "Mobile": Field(Text(), "mobile"),
    "AddressStreet": Field(Text(), "street"),
    "AddressStreetNumber": Field(Text(), "house_number"),
    "AddressStreetNumberSuffix": Field(Text(), "house_number_postfix"),
    "AddressLine2": Field(Text()),
    "Postcode": Field(Text(), "postcode"),
    "City": Field(Text(), "city"),
    "Country": Field(Text(), "country_code"),
    "Language": Field(Text()),
    **TIMES,
}
"""Of a person at an account, whose id stays in `extra` as `Account`."""

"""What of a table of fields can be written, and what a target over it can be said to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from etl.systems.declare import Fields, Text

if TYPE_CHECKING:
    from etl.systems.shared.body import Body

SENDER = frozenset({"kind", "customer_type", "contact_group", "status", "client_code", "company_id"})
"""Columns that mean nothing to another system than the one that their value is from."""
PARTS = ("street", "house_number", "house_number_postfix", "box")
IDENTIFYING = (
    "name", "display_name", "company_name", "first_name", "insertion", "last_name", "email", "phone", "mobile",
    "address_line", "street", "house_number", "postcode", "city",
)  # fmt: skip
"""Columns by which a record without a reference is known again."""


@dataclass(frozen=True)
class Writable:
    """The fields that can be written, beside all `known` ones. An update sends the `whole` record, or those alone."""

    system: str
    fields: Fields
    known: frozenset[str]
    key: str
    element: str
    reference: str | None
    fixed: frozenset[str]
    whole: bool

    @cached_property
    def columns(self) -> dict[str, str]:
        """Field to the column that it is built from."""
        return {path: field.column for path, field in self.fields.items() if field.column}

    @cached_property
    def paths(self) -> dict[str, str]:
        """Column to its field."""
        return {column: path for path, column in self.columns.items()}

    @cached_property
    def model(self) -> type[Body]:
        """The model of a body."""
        from etl.systems.shared.body import body_of

        return body_of("PlainBody", self.fields, {})

    @cached_property
    def who(self) -> tuple[str, ...]:
        """The fields that identify a record without a reference."""
        return tuple(self.paths[column] for column in IDENTIFYING if column in self.paths)

    @cached_property
    def secondary(self) -> dict[str, str]:
        """Columns without a field of their own to the field that carries them, too."""
        found: dict[str, str] = {}
        if line := self.paths.get("address_line"):
            found |= dict.fromkeys((*PARTS, "address_extra"), line)
        elif street := self.paths.get("street"):
            found["address_line"] = street
            if postfix := self.paths.get("house_number_postfix"):
                found |= dict.fromkeys(("box", "address_extra"), postfix)
        if line := self.paths.get("invoice_address_line"):
            found |= dict.fromkeys((f"invoice_{part}" for part in PARTS), line)
        for column, other in (("mobile", "phone"), ("phone", "mobile"), ("insertion", "last_name")):
            if other in self.paths:
                found[column] = self.paths[other]
        return {column: path for column, path in found.items() if column not in self.paths}

    @cached_property
    def keeps(self) -> frozenset[str]:
        """The columns that read back unchanged, whatever system a row is from."""
        rebuilt = {"address_line"} if "street" in self.paths else set()
        found = {*self.paths, *self.secondary} - SENDER - rebuilt
        return frozenset(f"contacts.{column}" for column in found)

    @cached_property
    def keeps_own(self) -> frozenset[str]:
        """The further ones that do so for rows of the same system."""
        return frozenset(f"contacts.{column}" for column in SENDER & self.paths.keys())

    @cached_property
    def clear(self) -> Mapping[str, str]:
        """Field to what empties it: that a text may be empty is assumed."""
        return {path: "" for path, field in self.fields.items() if isinstance(field.wire, Text)}

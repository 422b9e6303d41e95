"""The contact tables: contacts, contact_persons, phone_numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from etl.records.types import (
    Always,
    ArrowKind,
    Flag,
    Float,
    Int16,
    Int32,
    Int64,
    Json,
    Key,
    Percentage,
    Record,
    Text,
    Texts,
    Time,
)


class SourceRow(Record):
    """Where a row comes from: the first columns of every table."""

    account: Key = Field(description="The account's name in etl.toml.")
    system: Key = Field(description="The system the account belongs to, such as cyclesoftware.")
    stream: Key = Field(description="The stream of that system the row was read from.")
    source_id: Key = Field(
        description="The record's id in its system, as exact text. Key: (account, stream, source_id)."
    )


class Address(Record):
    """A postal address, as received and split."""

    address_line: Text = Field(
        None, description="The address exactly as received, or rebuilt where the API keeps the parts apart."
    )
    street: Text = Field(
        None, description="The street, or a PO box's own word as typed (Postbus, Antwoordnummer, Postfach)."
    )
    house_number: Int32 = Field(None, description="The house number; the first of a range.")
    house_number_postfix: Text = Field(
        None, description="What follows the number, as typed, without the separator in front."
    )
    box: Text = Field(None, description="A Belgian bus/boîte.")
    address_extra: Text = Field(None, description="Text cut off the address: c/o, a floor after a comma.")
    address_alternative: Text = Field(None, description="The other reading, where there are two.")
    address_rule: Text = Field(None, description="The rule that split the address.")
    postcode: Text = Field(
        None, description="The postcode; Dutch ones as 1337XD. One that fails its check stays as received, flagged."
    )
    city: Text = Field(None, description="The city.")
    country_code: Text = Field(None, description="ISO 3166-1 alpha-2.")
    province_code: Text = Field(None, description="ISO 3166-2.")


class Contact(SourceRow, Address):
    """One row per contact: a customer, a supplier, a member of staff."""

    address_before: ClassVar = "latitude"

    kind: Key = Field(description="customer, supplier, staff or other.")
    is_organisation: Flag = Field(
        None, description="Whether it is an organisation; null where the source does not tell."
    )
    name: Text = Field(None, description="The source's own name of the contact.")
    display_name: Text = Field(None, description="A name to show; never null where there is any name.")
    company_name: Text = Field(None, description="The organisation's name.")
    department: Text = Field(None, description="The department.")
    attention: Text = Field(None, description="For whose attention.")
    title: Text = Field(None, description="Form of address, as received.")
    gender: Text = Field(None, description="male, female or unknown.")
    initials: Text = Field(None, description="Initials.")
    first_name: Text = Field(None, description="First name; for Recras the main contact person's.")
    insertion: Text = Field(None, description="The Dutch tussenvoegsel, in lower case.")
    last_name: Text = Field(None, description="Family name, without the tussenvoegsel.")
    email: Text = Field(None, description="E-mail address; for Recras the main contact person's.")
    website: Text = Field(None, description="Website.")
    fax: Text = Field(None, description="Fax number.")
    phone: Text = Field(None, description="Landline in E.164; for Recras the main contact person's.")
    mobile: Text = Field(None, description="Mobile number in E.164; for Recras the main contact person's.")
    latitude: Float = Field(None, description="Degrees north.")
    longitude: Float = Field(None, description="Degrees east.")
    invoice_attention: Text = Field(None, description="To whom invoices are addressed.")
    invoice_address_line: Text = Field(None, description="The invoice address exactly as received.")
    invoice_street: Text = Field(None, description="Its street.")
    invoice_house_number: Int32 = Field(None, description="Its house number.")
    invoice_house_number_postfix: Text = Field(None, description="Its house number's postfix.")
    invoice_box: Text = Field(None, description="Its Belgian bus/boîte.")
    invoice_postcode: Text = Field(None, description="Its postcode.")
    invoice_city: Text = Field(None, description="Its city.")
    invoice_country_code: Text = Field(None, description="Its country, ISO 3166-1 alpha-2.")
    invoice_latitude: Float = Field(None, description="Its degrees north.")
    invoice_longitude: Float = Field(None, description="Its degrees east.")
    vat_number: Text = Field(None, description="VAT number with its country prefix, such as NL855630693B01.")
    coc_number: Text = Field(None, description="KvK (chamber of commerce) number, eight digits.")
    bank_name: Text = Field(None, description="The bank's name.")
    bank_number: Text = Field(None, description="The bank account's number.")
    payment_term_days: Int16 = Field(None, description="Payment term in days.")
    discount_percentage: Percentage = Field(None, description="Default discount, in per cent.")
    reference: Text = Field(None, description="The user's own reference of the contact.")
    client_code: Text = Field(None, description="The user's own code of the contact.")
    contact_group: Text = Field(None, description="The group the contact is filed under.")
    customer_type: Text = Field(None, description="The system's own type of customer.")
    status: Text = Field(None, description="The system's own status.")
    company_id: Int64 = Field(None, description="The company within the account the contact belongs to.")
    active: Always = Field(description="False for trashed or passive contacts and for rows that vanished; else true.")
    created_at: Time = Field(None, description="When the contact was created.")
    modified_at: Time = Field(None, description="When it was last changed; null where the API does not tell.")
    deleted_at: Time = Field(None, description="When a complete run first missed the row.")
    extra_fields: Json = Field(None, description="The system's own extra fields, as JSON.")
    extra: Json = Field(
        None, description="Source fields without a column and originals of values a column could not take, as JSON."
    )
    issues: Texts = Field(
        description="Flags such as address.ambiguous or phone.invalid; empty where nothing is doubtful."
    )
    suggestions: Json = Field(None, description="JSON: field to proposed value.")
    extracted_at: Annotated[datetime, ArrowKind("timestamp(us, UTC)")] = Field(
        description="When the page was received; the same in a replay."
    )


class ContactPerson(SourceRow, Address):
    """One row per person of a contact."""

    address_before: ClassVar = "newsletter_ids"

    person_id: Text = Field(None, description="The person's id in its system.")
    main_contact: Flag = Field(None, description="Whether it is the contact's main person.")
    first_name: Text = Field(None, description="First name.")
    insertion: Text = Field(None, description="The Dutch tussenvoegsel, in lower case.")
    last_name: Text = Field(None, description="Family name, without the tussenvoegsel.")
    gender: Text = Field(None, description="male, female or unknown.")
    salutation: Text = Field(None, description="The salutation to use.")
    email_1: Text = Field(None, description="First e-mail address.")
    email_2: Text = Field(None, description="Second e-mail address.")
    phone_1: Text = Field(None, description="First phone number in E.164.")
    phone_2: Text = Field(None, description="Second phone number in E.164.")
    phone_1_raw: Text = Field(None, description="First phone number as received.")
    phone_2_raw: Text = Field(None, description="Second phone number as received.")
    newsletter_ids: Texts = Field(description="The newsletters the person is subscribed to.")
    extra: Json = Field(
        None, description="Source fields without a column and originals of values a column could not take, as JSON."
    )
    issues: Texts = Field(description="Flags; empty where nothing is doubtful.")


class PhoneNumber(SourceRow):
    """One row per phone number of a contact or one of its persons."""

    person_id: Text = Field(None, description="The person whose number it is; null where it is the contact's own.")
    phone_number_id: Text = Field(None, description="The number's id or the field it came from.")
    kind: Text = Field(None, description="mobile, landline, fax or other.")
    raw: Text = Field(None, description="The number as received.")
    e164: Text = Field(None, description="The number in E.164; null where it is not valid.")
    valid: Flag = Field(None, description="Whether it is a valid number.")
    name: Text = Field(None, description="The number's name.")
    extra: Json = Field(None, description="Source fields without a column, as JSON.")

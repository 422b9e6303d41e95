"""What a customer looks like, for the peers that must be told: as JSON Schema and as Arrow schema."""

from typing import Any

import pyarrow as pa

_KINDS = {"integer": pa.int64(), "number": pa.float64(), "string": pa.string()}
_WORDS = (
    "customer_type_name customer_reference postcode house_number house_number_postfix company_name attn title initials "
    "insertion first_name name street city country_code_iso_3166 email vat_number coc_number"
)
PHONE = {"phone_number_id": "string", "customer_id": "integer", "phone_number": "string", "name": "string"}
CUSTOMER = {
    "customer_id": "integer",
    **dict.fromkeys(_WORDS.split(), "string"),
    "discount_percentage": "number",
    "datetime_created": "string",
}


def json_schema() -> dict[str, Any]:
    phone = {"type": "object", "properties": {name: {"type": [kind, "null"]} for name, kind in PHONE.items()}}
    properties: dict[str, Any] = {name: {"type": [kind, "null"]} for name, kind in CUSTOMER.items()}
    return {"type": "object", "properties": {**properties, "phone_numbers": {"type": "array", "items": phone}}}


def arrow_schema() -> pa.Schema:
    phone = pa.struct([(name, _KINDS[kind]) for name, kind in PHONE.items()])
    fields = [(name, _KINDS[kind]) for name, kind in CUSTOMER.items()]
    return pa.schema([*fields, ("phone_numbers", pa.list_(phone))])

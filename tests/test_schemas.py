"""The published contracts say what the models say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from etl import records
from etl.records import schemas

PUBLISHED = Path(__file__).parent.parent / "schemas"
RENDERED = schemas.render()


@pytest.mark.parametrize("path", sorted(RENDERED))
def test_the_published_file_is_what_the_models_generate(path: str) -> None:
    assert (PUBLISHED / path).read_bytes() == RENDERED[path], "make schemas writes it anew"


def test_no_published_file_is_left_of_a_table_that_is_no_more() -> None:
    published = {
        str(path.relative_to(PUBLISHED)) for name in ("tables", "pairs") for path in (PUBLISHED / name).iterdir()
    }
    assert published == set(RENDERED)


def test_writing_gives_the_rendered_files_and_removes_stale_ones(tmp_path: Path) -> None:
    stale = tmp_path / "tables" / "gone.schema.json"
    stale.parent.mkdir()
    stale.write_text("{}")
    written = schemas.write(tmp_path)
    assert {str(path.relative_to(tmp_path)): path.read_bytes() for path in written} == RENDERED
    assert not stale.exists()


@pytest.mark.parametrize("table", records.TABLES)
def test_every_table_has_a_valid_json_schema_with_its_columns_in_order(table: str) -> None:
    schema = json.loads(RENDERED[f"tables/{table}.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == list(records.fields(table))
    assert schema["required"] == list(records.fields(table))
    assert all(column["description"] for column in schema["properties"].values())


@pytest.mark.parametrize("table", records.TABLES)
def test_the_arrow_rendering_has_the_types_of_the_parquet_files(table: str) -> None:
    columns = json.loads(RENDERED[f"tables/{table}.arrow.json"])["columns"]
    schema = records.arrow_schema(table)
    assert [(column["name"], column["type"]) for column in columns] == [(f.name, str(f.type)) for f in schema]


def test_a_description_ends_with_the_names_in_the_apis() -> None:
    contacts = json.loads(RENDERED["tables/contacts.schema.json"])["properties"]
    assert contacts["reference"]["description"].endswith(
        "(cyclesoftware: customer_reference; invoicing: Contact.client_reference; moneybird: customer_id)"
    )
    assert contacts["country_code"]["description"].endswith(
        "(cyclesoftware: country_code_iso_3166; recras: landcode; invoicing: Contact.location_country; "
        "moneybird: country; woocommerce: billing.country)"
    )

"""The sample pages come out as the golden rows that a person reviewed; `python -m tests.golden` writes them anew."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from etl.decode.envelope import pointer
from tests.golden import GOLDEN, PAGES, SERVED, golden, rows_of
from tests.support.accounting import unaccounted

SCHEMAS = Path(__file__).parent.parent / "schemas" / "tables"


@pytest.mark.parametrize("page", SERVED)
async def test_a_sample_page_comes_out_as_its_golden_rows(page: str, tmp_path: Path) -> None:
    for path, content in (await golden(page, tmp_path)).items():
        expected = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        assert [json.loads(line) for line in content.splitlines()] == expected, path.name
        assert content == path.read_bytes()


@pytest.mark.parametrize("page", SERVED)
async def test_every_field_of_a_sample_page_is_accounted_for(page: str, tmp_path: Path) -> None:
    served = SERVED[page]
    body = json.loads((PAGES / f"{page}.json").read_bytes())
    around = served.stream.envelope if served.record_id is None else served.stream.element
    held = pointer(body, around.records) if around.records else body
    records = held if isinstance(held, list) else [held] if held else []
    tables = await rows_of(page, tmp_path)
    assert len(tables[served.stream.tables[0]]) == len(records)
    assert [unaccounted(served.stream, record, tables) for record in records] == [[] for _ in records]


def test_every_sample_page_has_golden_rows_and_none_are_left_over() -> None:
    assert {str(path.relative_to(PAGES).with_suffix("")) for path in PAGES.rglob("*.json")} == set(SERVED)
    files = {path.relative_to(GOLDEN) for path in GOLDEN.rglob("*") if path.is_file()}
    assert files == {Path(page, f"{table}.jsonl") for page, served in SERVED.items() for table in served.stream.tables}


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("*.jsonl")), ids=lambda path: str(path.relative_to(GOLDEN)))
def test_golden_rows_have_the_published_form(path: Path) -> None:
    schema = json.loads((SCHEMAS / f"{path.stem}.schema.json").read_text("utf-8"))
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for line in path.read_text("utf-8").splitlines():
        checker.validate(json.loads(line))

"""What every declared stream must be able to do, whatever its system."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
import polars as pl
import pytest

from etl import records
from etl.decode.dtypes import wire_schema
from etl.decode.envelope import cut
from etl.decode.fast import decode, key_of
from etl.simulator import Simulator
from etl.simulator.vendors import vendors
from etl.systems import SYSTEMS
from etl.systems.check import faults
from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Boolean,
    Context,
    Integer,
    Items,
    Number,
    Object,
    Scalars,
    Stream,
    System,
    Text,
    Wire,
)
from tests.support.decoding import fast

STREAMS = {f"{system.id}.{stream.name}": (system, stream) for system in SYSTEMS.values() for stream in system.streams}
RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
VALUES: dict[type, Any] = {Text: "7", Integer: 7, Number: 7.5, Boolean: True, AnyJson: {"a": [1]}, Scalars: [7]}
SECRET = "a key that nobody declared"


@pytest.fixture(params=STREAMS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def system(name: str) -> System:
    return STREAMS[name][0]


@pytest.fixture
def stream(name: str) -> Stream:
    return STREAMS[name][1]


def into(system: System, stream: Stream, body: list[Any]) -> dict[str, pl.DataFrame]:
    """Records through decoding and `into`, as an export does it."""
    decoded = decode(orjson.dumps(body), stream)
    assert decoded.misfits == []
    frame = decoded.frame.with_columns(extracted_at=pl.lit(RECEIVED_AT, dtype=pl.Datetime("us", "UTC")))
    return stream.into(frame, Context("shop", system.id, stream.name, "Europe/Amsterdam", None))


def only_key(stream: Stream, key: Any = "7") -> dict[str, Any]:
    """A record with its id and nothing else."""
    record: Any = key
    for part in reversed(stream.key.split(".")):
        record = {part: record}
    return dict(record)


def full(fields: Mapping[str, Wire], *, unknown: bool = False) -> dict[str, Any]:
    """A record with a value in every field, and with `unknown` an undeclared key on each level."""
    record = {name: _value(wire, unknown=unknown) for name, wire in fields.items()}
    return {**record, "nobody_declared": SECRET} if unknown else record


def _value(wire: Wire, *, unknown: bool) -> Any:
    match wire:
        case Object(fields):
            return full(fields, unknown=unknown)
        case Items(fields):
            return [full(fields, unknown=unknown)] * 2
        case _:
            return VALUES[type(wire)]


def paths(fields: Mapping[str, Wire], before: str = "") -> Iterator[str]:
    """The paths of all declared fields, as `names` writes them."""
    for name, wire in fields.items():
        if isinstance(wire, Object):
            yield from paths(wire.fields, f"{before}{name}.")
        elif isinstance(wire, Items):
            yield from paths(wire.fields, f"{before}{name}[].")
        else:
            yield before + name


def objects(fields: Mapping[str, Wire]) -> int:
    """How many objects a full record holds, itself included."""
    one = sum(objects(wire.fields) for wire in fields.values() if isinstance(wire, Object))
    two = sum(objects(wire.fields) for wire in fields.values() if isinstance(wire, Items))
    return 1 + one + 2 * two


# -- the declaration ---------------------------------------------------------------------------------------


def test_nothing_in_its_declaration_is_at_fault(system: System) -> None:
    assert faults(system) == []


def test_its_key_is_declared(stream: Stream) -> None:
    assert stream.key in set(paths(stream.wire))


def test_its_tables_are_published_ones_and_the_first_has_the_time_of_the_page(stream: Stream) -> None:
    assert set(stream.tables) <= set(records.TABLES)
    assert "extracted_at" in records.fields(stream.tables[0])


def test_its_names_lead_from_real_columns_to_declared_fields(stream: Stream) -> None:
    declared = set(paths(stream.wire))
    assert set(stream.names) == set(stream.tables)
    for table, names in stream.names.items():
        assert set(names) <= set(records.fields(table)), table
        assert {field for name in names.values() for field in name.split(", ")} <= declared, table


def test_every_table_is_told_where_its_id_comes_from(stream: Stream) -> None:
    assert {names["source_id"] for names in stream.names.values()} == {stream.key}


def test_its_probe_names_a_stream_of_its_system(system: System) -> None:
    assert system.stream(system.probe[0]).name == system.probe[0]


def test_its_paths_take_an_id_and_the_options_of_its_system(system: System, stream: Stream) -> None:
    assert "{id}" in stream.get
    for path in (stream.path, stream.get, stream.find or "", *stream.parameters, *stream.parameters.values()):
        assert "{" not in path.format(**system.options, id="7")


# -- decoding ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [b"[]", b" [ ] ", b"[\n]"])
def test_no_records_decode_to_an_empty_frame_of_its_schema(stream: Stream, empty: bytes) -> None:
    decoded = decode(empty, stream)
    assert (decoded.received, decoded.frame.schema) == (0, wire_schema(stream.wire))


def test_a_record_with_its_id_alone_decodes(stream: Stream) -> None:
    decoded = decode(orjson.dumps([only_key(stream)]), stream)
    assert decoded.misfits == []
    assert list(decoded.keys(stream)) == ["7"]


def test_a_record_without_its_id_is_set_aside_and_the_next_one_passes(stream: Stream) -> None:
    decoded = decode(orjson.dumps([{}, only_key(stream)]), stream)
    assert [(misfit.position, misfit.field) for misfit in decoded.misfits] == [(0, stream.key)]
    assert list(decoded.keys(stream)) == ["7"]


def test_the_key_is_found_in_the_decoded_frame(stream: Stream) -> None:
    frame = decode(orjson.dumps([full(stream.wire)]), stream).frame
    assert frame.select(key_of(stream).alias("key"))["key"].to_list() == ["7"]


# -- into tables -------------------------------------------------------------------------------------------


def test_no_records_give_every_table_empty_and_with_its_schema(system: System, stream: Stream) -> None:
    tables = into(system, stream, [])
    assert set(tables) == set(stream.tables)
    assert {table: (frame.height, frame.schema) for table, frame in tables.items()} == {
        table: (0, pl.Schema(records.polars_schema(table))) for table in stream.tables
    }


@pytest.mark.parametrize("records_of", ["nulls", "blanks", "nothing but the id"])
def test_records_without_any_value_give_rows_that_are_empty_but_for_their_keys(
    system: System, stream: Stream, records_of: str
) -> None:
    value = {"nulls": None, "blanks": " "}.get(records_of)
    record = only_key(stream)
    if records_of != "nothing but the id":
        _fill(record, stream.wire, value)
    tables = into(system, stream, [record, {**record, **only_key(stream, "8")} if "." not in stream.key else record])
    main, *children = (tables[table] for table in stream.tables)
    assert main.height == 2
    assert [child.height for child in children] == [0] * len(children)
    always = {"account", "system", "stream", "source_id", "extracted_at", "kind", "active", "issues"}
    empty = main.drop(always, strict=False)
    assert empty.null_count().row(0) == (2,) * empty.width
    assert main["issues"].list.len().to_list() == [0, 0] if "issues" in main.columns else True


def _fill(record: dict[str, Any], fields: Mapping[str, Wire], value: Any) -> None:
    for name, wire in fields.items():
        if isinstance(wire, Object):
            _fill(record.setdefault(name, {}), wire.fields, value)
        elif isinstance(wire, (Items, Scalars, AnyJson)):
            record.setdefault(name, None)
        else:
            record.setdefault(name, value)


def test_a_record_with_every_field_gives_rows_that_keep_their_parents_id(system: System, stream: Stream) -> None:
    tables = into(system, stream, [full(stream.wire)])
    for table, frame in tables.items():
        assert frame.height >= 1, table
        assert frame.schema == records.polars_schema(table)
        keys = frame.select("account", "system", "stream", "source_id").unique().rows()
        assert keys == [("shop", system.id, stream.name, "7")]


def test_every_row_is_one_of_its_published_model(system: System, stream: Stream) -> None:
    for table, frame in into(system, stream, [full(stream.wire, unknown=True), only_key(stream, "8")]).items():
        for row in frame.to_dicts():
            records.TABLES[table].model_validate(row)


def test_unknown_keys_of_every_level_end_up_in_an_extra(system: System, stream: Stream) -> None:
    tables = into(system, stream, [full(stream.wire, unknown=True)])
    extras = [
        json.loads(text)
        for frame in tables.values()
        if "extra" in frame.columns
        for text in frame["extra"].drop_nulls()
    ]
    found = sum(json.dumps(extra).count(SECRET) for extra in extras)
    assert found == objects(stream.wire), "one for each object of the record"
    assert tables[stream.tables[0]].height == 1


def test_rows_do_not_depend_on_those_beside_them(system: System, stream: Stream) -> None:
    first, second = full(stream.wire, unknown=True), only_key(stream, "8")
    together = into(system, stream, [first, second])
    for table in stream.tables:
        apart = pl.concat([into(system, stream, [first])[table], into(system, stream, [second])[table]])
        assert together[table].sort("source_id").rows() == apart.sort("source_id").rows()


# -- pages of the simulator --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """A whole page of each stream's list, as the simulator sends it."""
    return asyncio.run(_pages())


async def _pages() -> dict[str, bytes]:
    found = {}
    async with Simulator(rows=300, seed=5) as simulator, aiohttp.ClientSession(simulator.base_url) as session:
        for name, (system, stream) in STREAMS.items():
            key = (
                {"Authorization": "Bearer demo"} if "bearer" in system.auth else {"Authorization": "Basic ZGVtbzpkZW1v"}
            )
            own = {**system.options, **vendors()[system.id].account}
            options = {k.format(**own): v.format(**own) for k, v in stream.parameters.items()}
            async with session.get(stream.path.format(**own), params=options, headers=key) as response:
                assert response.status == 200, await response.text()
                found[name] = await response.read()
    return found


def plain(stream: Stream, page: bytes) -> bytes:
    """The page's records without those that hold free JSON: its types are told on the careful path alone."""
    array = cut(page, stream.envelope).records
    free = {name for name, wire in stream.wire.items() if isinstance(wire, AnyJson) and wire.shape is None}
    held = orjson.loads(array)
    kept = [record for record in held if all(record.get(name) is None for name in free)]
    assert kept
    return array if len(kept) == len(held) else orjson.dumps(kept)


def test_a_page_of_the_simulator_decodes_on_the_fast_path(name: str, stream: Stream, pages: dict[str, bytes]) -> None:
    array = plain(stream, pages[name])
    frame = fast(array, stream)
    assert frame is not None, "only by the careful path, which is several times slower"
    assert frame.height == len(orjson.loads(array))
    assert frame.schema == wire_schema(stream.wire)


def test_a_page_of_the_simulator_reads_the_same_on_both_paths(
    name: str, stream: Stream, pages: dict[str, bytes]
) -> None:
    array = plain(stream, pages[name])
    quickly = fast(array, stream)
    assert quickly is not None
    odd = full(stream.wire, unknown=True)
    careful = decode(orjson.dumps([*orjson.loads(array), odd]), stream).frame
    assert careful[UNKNOWN].drop_nulls().len() == 1
    assert careful.head(quickly.height).rows() == quickly.rows()


def test_every_record_of_a_page_of_the_simulator_fits(name: str, stream: Stream, pages: dict[str, bytes]) -> None:
    array = cut(pages[name], stream.envelope).records
    decoded = decode(array, stream)
    assert decoded.misfits == []
    assert decoded.frame.height == len(orjson.loads(array)) > 0

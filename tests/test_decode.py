"""Bytes to frames: nothing lost, nothing changed, and what does not fit set aside while the rest passes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.decode.envelope import cut
from etl.decode.fast import Decoded, decode
from etl.decode.strict import read_carefully
from etl.errors import ProtocolBroken
from etl.systems import SYSTEMS
from etl.systems.declare import (
    UNKNOWN,
    AnyJson,
    Boolean,
    Envelope,
    Integer,
    Items,
    Number,
    Object,
    Scalars,
    Stream,
    Wire,
)
from tests.support.decoding import fast
from tests.support.effort import effort_s
from tests.support.scripted import customer, page

BIKES = SYSTEMS["cyclesoftware"].stream("customers")
PARK = SYSTEMS["recras"].stream("contacten")
PRODUCTS = SYSTEMS["recras"].stream("producten")
BOOKS = SYSTEMS["invoicing"].stream("contacts")
STREAMS = {"customers": BIKES, "contacten": PARK, "producten": PRODUCTS, "contacts": BOOKS}


def array(*records: str) -> bytes:
    return ("[" + ",".join(records) + "]").encode("utf-8", "surrogateescape")


def careful(records: bytes, stream: Stream) -> Decoded:
    """What the careful path alone makes of a page."""
    good, misfits = read_carefully(records, stream.wire, stream.key)
    frame = decode(b"[]", stream).frame
    if good:
        frame = pl.read_json(json.dumps(good).encode(), schema=frame.schema)
    return Decoded(frame, misfits)


def one(records: bytes, stream: Stream = BIKES) -> dict[str, Any]:
    """The only record, without what it lacks."""
    decoded = decode(records, stream)
    assert decoded.misfits == []
    (row,) = decoded.frame.to_dicts()
    return {name: value for name, value in row.items() if value is not None}


def reason(records: bytes, stream: Stream = BIKES) -> str:
    (misfit,) = decode(records, stream).misfits
    return f"{misfit.field}: {misfit.reason}"


# -- the two paths ------------------------------------------------------------------------------------


def written(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
INTEGERS = st.integers(-(10**6), 10**6).map(str) | st.integers(-(2**70), 2**70).map(str)
DECIMALS = (
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9).map(lambda d: f"{d:f}")
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(
        ["1.0", "1.10", "0.1", "-0", "-0.0", "1e3", "1E+2", "12345678901234567.89", "100000000000000000000.5"]
    )
)
LITERALS = st.sampled_from(["true", "false", "null"])
TEXTS = WORDS.map(json.dumps) | WORDS.map(lambda w: json.dumps(w, ensure_ascii=False))
SCALARS = INTEGERS | DECIMALS | LITERALS | TEXTS
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        | st.dictionaries(WORDS, inner, max_size=3).map(written)
    ),
    max_leaves=5,
)


def fitting(wire: Wire) -> st.SearchStrategy[str]:
    """JSON that fits a declared field."""
    match wire:
        case Object(fields):
            return objects(fields)
        case Items(fields):
            return st.lists(objects(fields), max_size=2).map(lambda parts: f"[{','.join(parts)}]")
        case Scalars():
            return st.lists(SCALARS, max_size=3).map(lambda parts: f"[{','.join(parts)}]")
        case AnyJson():
            return ANY
        case Integer():
            return INTEGERS | INTEGERS.map(json.dumps) | st.just('""')
        case Number():
            return INTEGERS | DECIMALS | DECIMALS.map(json.dumps) | st.just('""')
        case _:
            return SCALARS


def objects(
    fields: Mapping[str, Wire], unknown: bool = False, **fixed: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    members = {name: fitting(wire) | st.just("null") for name, wire in fields.items()} | fixed
    drawn = st.fixed_dictionaries(
        {name: members.pop(name) for name in fixed}, optional=dict(list(members.items())[:14])
    )
    if not unknown:
        return drawn.map(written)
    odd = WORDS.map(lambda word: f"x{word}")
    return st.builds(lambda known, more: written({**more, **known}), drawn, st.dictionaries(odd, ANY, max_size=2))


IDS = st.integers(1, 10**40).map(str) | DECIMALS | WORDS.map(lambda w: json.dumps(f"k{w}")) | INTEGERS


def records_of(stream: Stream, unknown: bool = False) -> st.SearchStrategy[str]:
    if stream is BOOKS:
        declared = stream.wire["Contact"]
        assert isinstance(declared, Object)
        contact = objects(declared.fields, unknown, id=IDS)
        return objects({"SubContact": stream.wire["SubContact"]}, unknown, Contact=contact)
    return (
        objects(stream.wire, unknown, id=IDS) if stream.key == "id" else objects(stream.wire, unknown, customer_id=IDS)
    )


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("name", STREAMS)
def test_the_fast_path_gives_what_the_careful_path_gives_or_nothing(name: str, data: st.DataObject) -> None:
    stream = STREAMS[name]
    records = array(*data.draw(st.lists(records_of(stream, unknown=data.draw(st.booleans())), min_size=1, max_size=3)))
    quickly = fast(records, stream)
    if quickly is not None:
        slow = careful(records, stream)
        assert slow.misfits == []
        assert nulls_alike(quickly.to_dicts(), stream.wire) == nulls_alike(slow.frame.to_dicts(), stream.wire)


@settings(max_examples=60)
@given(st.data())
@pytest.mark.parametrize("name", STREAMS)
def test_whatever_stands_in_a_field_the_fast_path_gives_what_the_careful_path_gives(
    name: str, data: st.DataObject
) -> None:
    stream = STREAMS[name]
    members = data.draw(st.dictionaries(st.sampled_from(sorted(stream.wire)), ANY, max_size=3))
    record = written({**members, **({} if stream is BOOKS else {stream.key: "7"})})
    quickly = fast(array(record), stream)
    if quickly is not None:
        slow = careful(array(record), stream)
        assert slow.misfits == []
        assert nulls_alike(quickly.to_dicts(), stream.wire) == nulls_alike(slow.frame.to_dicts(), stream.wire)


def nulls_alike(value: Any, fields: Mapping[str, Wire] | None = None) -> Any:
    """Rows with their JSON text parsed: the paths may spell it with other spaces or another order of keys."""
    if isinstance(value, list):
        return [nulls_alike(item, fields) for item in value]
    if isinstance(value, dict):
        return {name: spelled(inner, (fields or {}).get(name)) for name, inner in value.items()}
    return value


def spelled(value: Any, wire: Wire | None) -> Any:
    if isinstance(wire, (Object, Items)):
        return nulls_alike(value, wire.fields)
    if isinstance(wire, Number) and value is not None:
        return same_number(value)
    if isinstance(wire, AnyJson) and value is not None:
        return drop_nulls(json.loads(value, parse_float=str))
    return value


def same_number(text: str) -> str:
    """A decimal without the noughts at its end: how a number is spelled does not matter, its value does."""
    if re.fullmatch(r"-?\d+\.\d+|-0", text):
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    return text


def drop_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: drop_nulls(inner) for name, inner in value.items() if inner is not None}
    return value


def test_an_ordinary_page_takes_the_fast_path() -> None:
    records = json.dumps([customer(n) for n in range(50)], separators=(",", ":")).encode()
    assert fast(records, BIKES) is not None
    assert fast(json.dumps([customer(n) for n in range(50)], indent=4).encode(), BIKES) is not None


# -- nothing is lost ----------------------------------------------------------------------------------


class NumberText(str):
    """A number by its text, so that none is changed by the test itself."""


def parse(text: str) -> Any:
    return json.loads(text, parse_int=NumberText, parse_float=NumberText)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value that is not null, as text, with where it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, str(number)))
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else same_number(str(value))


def told(record: Any, fields: Mapping[str, Wire]) -> Any:
    """A record without the words that mean nothing where a scalar is declared."""
    if not isinstance(record, dict):
        return record
    return {name: told_by(value, fields.get(name)) for name, value in record.items()}


def told_by(value: Any, wire: Wire | None) -> Any:
    match wire:
        case Object(inner):
            return told(value, inner)
        case Items(inner):
            return value and [told(item, inner) for item in value]
        case Scalars():
            return value and [item for item in value if item is not False and item not in ("", "false", "null")]
        case Boolean():
            return None if value == "null" else value
        case None | AnyJson():
            return value
    return None if value is False or value in ("false", "null") else value


def found_again(row: Any, fields: Mapping[str, Wire]) -> Any:
    """A row of the frame as the record it came from: JSON columns parsed, unknown keys back in their place."""
    if row is None:
        return None
    out = {}
    for name, wire in fields.items():
        value = row.get(name)
        match wire:
            case AnyJson():
                out[name] = None if value is None else parse(value)
            case Object(inner):
                out[name] = found_again(value, inner)
            case Items(inner):
                out[name] = value and [found_again(item, inner) for item in value]
            case _:
                out[name] = value
    return {**out, **(parse(row[UNKNOWN]) if row.get(UNKNOWN) else {})}


@settings(max_examples=50)
@given(st.data())
@pytest.mark.parametrize("name", STREAMS)
def test_every_value_of_a_record_is_found_again_whatever_keys_it_has(name: str, data: st.DataObject) -> None:
    stream = STREAMS[name]
    texts = data.draw(st.lists(records_of(stream, unknown=True), min_size=1, max_size=3))
    decoded = decode(array(*texts), stream)
    good = [text for n, text in enumerate(texts) if n not in {misfit.position for misfit in decoded.misfits}]
    for text, row in zip(good, decoded.frame.to_dicts(), strict=True):
        assert dict(leaves(found_again(row, stream.wire))) == dict(leaves(told(parse(text), stream.wire)))
    for misfit in decoded.misfits:
        assert misfit.raw == texts[misfit.position]


@given(st.binary(max_size=60))
@example(b'[{"customer_id":1,"city":"\xff"}]')
@example(b"[" * 100_000)
def test_no_bytes_whatever_make_it_fail_otherwise_than_as_told(noise: bytes) -> None:
    for records in (noise, b"[" + noise + b"]", b'[{"customer_id":1,"city":"' + noise + b'"}]'):
        try:
            decode(records, BIKES)
        except ProtocolBroken:
            continue


# -- rows 9 to 14 of what goes wrong ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ('"city":NaN', "city: expected text, got no JSON value (NaN or Infinity)"),
        ('"city":-Infinity', "city: expected text, got no JSON value (NaN or Infinity)"),
        ('"new":[NaN]', ": holds no JSON value (NaN or Infinity)"),
        ('"city":"a\udcff"', ": the record is not valid UTF-8"),
        ('"city":"\\ud800"', "city: the text holds half of a surrogate pair"),
        ('"\\ud800":{"\\udfff":"\\u0000"}', "\\ud800.\\udfff: the text holds a NUL character"),
        ('"city":"\\u0000"', "city: the text holds a NUL character"),
        ('"city":"a\x00b"', "city: the text holds a NUL character"),
        ('"city":["Utrecht"]', "city: expected text, got a list"),
        ('"city":{"name":"Utrecht"}', "city: expected text, got an object"),
        ('"discount_percentage":"much"', "discount_percentage: expected a number, got other text"),
        ('"phone_numbers":"06"', "phone_numbers: expected a list, got text"),
        ('"phone_numbers":[5]', "phone_numbers[0]: expected an object, got a number"),
        ('"city":"a","city":"b"', "city: the key stands twice in one object"),
        ('"x":' + "[" * 600 + "]" * 600, ": is nested too deeply"),
        ('"customer_id":null', "customer_id: the record has no id"),
        ('"customer_id":" "', "customer_id: the record has no id"),
    ],
)
def test_a_rotten_record_is_set_aside_with_its_raw_text_and_the_others_pass(field: str, why: str) -> None:
    rotten = ("{" + field + "}") if field.startswith('"customer_id"') else '{"customer_id":2,' + field + "}"
    decoded = decode(array('{"customer_id":1}', rotten, '{"customer_id":3}'), BIKES)
    assert decoded.keys(BIKES).to_list() == ["1", "3"]
    (misfit,) = decoded.misfits
    assert (misfit.position, f"{misfit.field}: {misfit.reason}") == (1, why)
    assert misfit.raw == rotten.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    assert decoded.received == 3


@pytest.mark.parametrize("record", ["1", "null", '"text"', "[]", "true"])
def test_a_record_that_is_no_object_is_set_aside(record: str) -> None:
    decoded = decode(array('{"customer_id":1}', record), BIKES)
    assert (decoded.frame.height, len(decoded.misfits)) == (1, 1)


def test_a_byte_order_mark_before_the_body_does_no_harm() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(page([customer(1)])).encode()
    assert decode(cut(body, BIKES.envelope).records, BIKES).frame.height == 1


@pytest.mark.parametrize("depth", [2_000, 1_000_000])
def test_nesting_without_end_is_a_bounded_error(depth: int) -> None:
    for nested in ("[" * depth, "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(ProtocolBroken):
            decode(b'[{"customer_id":1,"x":' + nested.encode() + b"}]", BIKES)


def test_many_brackets_are_no_deep_nesting() -> None:
    """Brackets beside each other, and in texts, are counted as what they are on every Python."""
    record = one(array('{"customer_id":1,"flat":[' + "[]," * 2_000 + '[]],"text":"' + "[{" * 2_000 + '\\"["}'))
    kept = json.loads(record[UNKNOWN])
    assert (len(kept["flat"]), len(kept["text"])) == (2_001, 4_002)


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "0." + "1" * 5_000, "1e400", "-1e-400", "123456789012345678901234567890"]
)
def test_a_number_of_any_size_keeps_its_text(number: str) -> None:
    record = one(array(f'{{"customer_id":1,"city":{number},"new":{number}}}'))
    assert (record["city"], record[UNKNOWN]) == (number, f'{{"new":{number}}}')


@pytest.mark.parametrize(
    "written_id", ["18446744073709551616", "1" * 36, "1" * 45, "1.0", "1.50", "1e3", "0.30000000000000004", "-5", "-0"]
)
def test_an_id_keeps_its_exact_text(written_id: str) -> None:
    assert one(array(f'{{"customer_id":{written_id}}}'))["customer_id"] == written_id
    nested = f'{{"Contact":{{"id":{written_id}}},"SubContact":[{{"id":{written_id}}}]}}'
    contact = one(array(nested), BOOKS)
    assert (contact["Contact"]["id"], contact["SubContact"][0]["id"]) == (written_id, written_id)


@pytest.mark.parametrize("text", ["007", "1e3", "00012", "12a", "é", "1.0"])
def test_an_id_that_is_text_stays_as_it_is(text: str) -> None:
    assert one(array(json.dumps({"customer_id": text})))["customer_id"] == text


def test_null_and_absent_are_null_and_empty_is_empty() -> None:
    frame = decode(array('{"customer_id":1,"city":null}', '{"customer_id":2}', '{"customer_id":3,"city":""}'), BIKES)
    assert frame.frame["city"].to_list() == [None, None, ""]


@pytest.mark.parametrize("before", [1, 150, 5_000])
def test_a_key_that_comes_late_is_kept(before: int) -> None:
    records = [f'{{"customer_id":{n}}}' for n in range(before)] + ['{"customer_id":"x","late":1.5,"city":"Edam"}']
    row = decode(array(*records), BIKES).frame.row(-1, named=True)
    assert (row["city"], row[UNKNOWN]) == ("Edam", '{"late":1.5}')


def test_an_integer_and_then_a_decimal_are_both_kept_exactly() -> None:
    records = [f'{{"customer_id":{n},"discount_percentage":{n}}}' for n in range(200)]
    records += ['{"customer_id":200,"discount_percentage":1.5}', '{"customer_id":201,"discount_percentage":"2,50"}']
    read = decode(array(*records), BIKES).frame["discount_percentage"].to_list()
    assert read[:3] + read[-2:] == ["0", "1", "2", "1.5", "2,50"]


@pytest.mark.parametrize(
    "number", ["12345678901234.5678", "0.1000000000000000055", "1e-400", "1E3", "0.1234567890123456"]
)
def test_a_decimal_that_no_float_holds_keeps_all_its_digits(number: str) -> None:
    record = one(array(f'{{"customer_id":1,"discount_percentage":{number}}}'))
    assert record["discount_percentage"] == number


def test_a_key_with_a_space_before_its_colon_is_not_overlooked() -> None:
    assert one(array('{"customer_id" : 1,"new":2}')) == {"customer_id": "1", UNKNOWN: '{"new":2}'}
    assert one(array('{"customer_id"\n:1,"city" \t: "Edam","new":2}'))[UNKNOWN] == '{"new":2}'


def test_undeclared_keys_in_nested_objects_are_kept_beside_them() -> None:
    record = one(array('{"customer_id":1,"phone_numbers":[{"name":"a","sms":true},{"name":"b"}]}'))
    assert [phone[UNKNOWN] for phone in record["phone_numbers"]] == ['{"sms":true}', None]


def test_a_list_of_one_without_its_brackets_is_read_as_a_list() -> None:
    for records in (
        array('{"id":1,"contactpersonen":[{"nieuwsbrief_ids":5}]}'),
        array('{"id":1,"contactpersonen":[{"nieuwsbrief_ids":5,"new":1}]}'),
    ):
        assert one(records, PARK)["contactpersonen"][0]["nieuwsbrief_ids"] == ["5"]


# -- cutting an envelope ------------------------------------------------------------------------------


@given(
    texts=st.lists(records_of(BIKES, unknown=True), max_size=3),
    before=st.dictionaries(WORDS.filter(lambda w: w not in ("customers", "pagination")), ANY, max_size=2),
)
def test_an_envelope_is_cut_so_that_its_records_come_out_as_they_stood(
    texts: list[str], before: dict[str, str]
) -> None:
    members = {**before, "customers": f"[{','.join(texts)}]", "pagination": '{"count":1}'}
    cut_page = cut(written(members).encode(), BIKES.envelope)
    assert json.loads(cut_page.records) == json.loads(f"[{','.join(texts)}]")
    assert cut_page.envelope["pagination"] == {"count": 1}


BODY = json.dumps(page([customer(n) for n in range(4)], 4)).encode()


def test_a_body_cut_anywhere_is_never_taken_for_whole() -> None:
    for length in range(len(BODY)):
        try:
            page_ = cut(BODY[:length], BIKES.envelope)
            assert page_.records == b"" or decode(page_.records, BIKES) is None, f"cut after {length}"
        except ProtocolBroken:
            continue


def test_a_bare_list_cut_anywhere_is_never_taken_for_whole() -> None:
    body = json.dumps([{"id": n, "contactpersonen": [{"id": n, "nieuwsbrief_ids": [1]}]} for n in range(4)]).encode()
    for length in range(len(body)):
        try:
            page_ = cut(body[:length], PARK.envelope)
            assert page_.records == b"" or decode(page_.records, PARK) is None, f"cut after {length}"
        except ProtocolBroken:
            continue


def test_a_large_body_that_breaks_off_is_refused_in_time() -> None:
    """In a time that grows with the body: one that is looked through again at every record takes sixteen times as long
    where it is four times as large."""
    contact = b'{"Contact":{"id":"1","name":"' + b"x" * 600 + b'"},"SubContact":[]}'

    def refusal_s(contacts: int) -> float:
        body = b'{"response":{"code":200,"data":{"Contacts":[' + b",".join([contact] * contacts)

        def refuse() -> None:
            with pytest.raises(ProtocolBroken):
                cut(body, BOOKS.envelope)

        return effort_s(refuse)

    assert refusal_s(20_000) < 8 * refusal_s(5_000)


@pytest.mark.parametrize("body", [b"", b"  ", b"<html></html>", b"null", b"7", b'"text"', b"\xff\xfe[\x00]\x00"])
def test_what_is_no_object_and_no_list_is_no_page(body: bytes) -> None:
    for envelope in (BIKES.envelope, Envelope()):
        with pytest.raises(ProtocolBroken):
            cut(body, envelope)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"error":false}', b'{"customers":null}', b'{"customers":{}}', b'{"customers":5}']
)
def test_an_object_without_the_list_has_no_records(body: bytes) -> None:
    assert cut(body, BIKES.envelope).records == b""


def test_the_list_is_found_where_the_envelope_says_and_not_where_a_record_imitates_it() -> None:
    sly = '{"error_message":"\\"customers\\":[","customers":[{"customer_id":1,"x":"],\\"pagination\\":{}}"}],'
    sly += '"pagination":{}}'
    assert json.loads(cut(sly.encode(), BIKES.envelope).records)[0]["customer_id"] == 1

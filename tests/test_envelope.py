"""A body taken apart: what stands around the records, and the bytes of their array, whole or refused."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from etl.decode import envelope as module
from etl.decode.envelope import (
    LARGEST_RECORD,
    LONGEST_HEAD,
    LONGEST_TAIL,
    PIECE,
    Cutter,
    Page,
    cut,
    pointer,
    told,
    with_array,
)
from etl.errors import ProtocolBroken
from etl.systems.declare import Envelope

BROKEN = "The response is not whole JSON: it breaks off or is malformed at character {}."
BARE, LIST, DEEP = Envelope(""), Envelope("customers"), Envelope("response.data")
COUNTED, DEEPER = Envelope("customers", count="page.count"), Envelope("response.data.Contacts")


def nothing(array: bytes) -> None:
    return None


def quickly(array: bytes) -> Any:
    try:
        return json.loads(array)
    except json.JSONDecodeError:
        return None


def refused(array: bytes) -> Any:
    raise AssertionError("read record by record")


# -- a path into an envelope ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", {"b": {"c": 1}, "n": None}), ("a.b.c", 1), ("a.n", None), ("a.x", None), ("a.n.x", None), ("x.b", None)],
)
def test_a_path_leads_to_its_value_or_to_nothing(path: str, value: Any) -> None:
    assert pointer({"a": {"b": {"c": 1}, "n": None}}, path) == value


def test_a_path_leads_nowhere_in_a_list() -> None:
    assert pointer([1], "0") is None
    assert pointer("text", "t") is None


@pytest.mark.parametrize("value", [None, False, "false", "null"])
def test_a_value_that_says_nothing_is_told_as_none(value: Any) -> None:
    assert told({"page": {"next": value}}, "page.next") is None


@pytest.mark.parametrize("value", [0, True, "", "0", "40", 40, []])
def test_any_other_value_is_told_as_it_is(value: Any) -> None:
    assert told({"page": {"next": value}}, "page.next") == value


# -- a whole body -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "envelope", "page"),
    [
        (b'[{"id": 1}]', BARE, Page(None, b'[{"id": 1}]')),
        (b"[]", BARE, Page(None, b"[]")),
        (b'{"error": "no"}', BARE, Page({"error": "no"}, b"")),
        (b'\xef\xbb\xbf \n{"customers": [1, 2], "n": 3}\n ', LIST, Page({"customers": [], "n": 3}, b"[1, 2]")),
        (b'{"customers": [ ], "n": 3}', LIST, Page({"customers": [], "n": 3}, b"[ ]")),
        (b'{"customers":\n [[1], [2]], "n": 3}', LIST, Page({"customers": [], "n": 3}, b"[[1], [2]]")),
        (b'{"customers": [{"id": 1}], "errors": []}', LIST, Page({"customers": [], "errors": []}, b'[{"id": 1}]')),
        (
            b'{"customers": [{"id": 1}], "n": 3, "links": ["a", "b"]}',
            LIST,
            Page({"customers": [], "n": 3, "links": ["a", "b"]}, b'[{"id": 1}]'),
        ),
        (
            b'{"customers": [{"a": [1]}, {"a": [2]}], "e": [{"c": [1, [2]]}], "f": ["]"]}',
            LIST,
            Page({"customers": [], "e": [{"c": [1, [2]]}], "f": ["]"]}, b'[{"a": [1]}, {"a": [2]}]'),
        ),
        (b'{"customers": [], "errors": ["x"]}', LIST, Page({"customers": [], "errors": ["x"]}, b"[]")),
        (
            b'{"customers": [{"id": 1}], ' + b", ".join(b'"e%d": [1]' % n for n in range(20)) + b"}",
            LIST,
            Page({"customers": [], **{f"e{n}": [1] for n in range(20)}}, b'[{"id": 1}]'),
        ),
        (
            b'{"customers": [' + b", ".join([b'{"a": [1]}'] * 20) + b"]}",
            LIST,
            Page({"customers": []}, b"[" + b", ".join([b'{"a": [1]}'] * 20) + b"]"),
        ),
        (b'{"customers": {"0": {"id": 1}}}', LIST, Page({"customers": []}, b'[{"id": 1}]')),
        (b'{"0": {"id": 1}, "2": {"id": 2}}', BARE, Page(None, b'[{"id": 1},{"id": 2}]')),
        (b'{"customers": null}', LIST, Page({"customers": None}, b"")),
        (b'{"n": 3}', LIST, Page({"n": 3}, b"")),
        (b"[1]", LIST, Page([1], b"")),
        (b'{"response": {"data": [1], "x": 2}}', DEEP, Page({"response": {"data": [], "x": 2}}, b"[1]")),
        (b'{"data": [1], "response": {}}', DEEP, Page({"data": [1], "response": {}}, b"")),
    ],
)
def test_a_body_is_its_envelope_and_the_bytes_of_its_records(body: bytes, envelope: Envelope, page: Page) -> None:
    assert cut(body, envelope) == page


@pytest.mark.parametrize(
    ("body", "envelope", "said"),
    [
        (b"", LIST, "The response is empty."),
        (b" \n", BARE, "The response is empty."),
        (b"\xef\xbb\xbf", BARE, "The response is empty."),
        (b"<html>", LIST, "The response is not JSON."),
        (b"X", LIST, "The response is not JSON."),
        (b'{"customers": [1, ]}', LIST, BROKEN.format(16)),
        (b'{"customers": [,]}', LIST, BROKEN.format(15)),
        (b'{"customers": {"0": {"id": 1}', LIST, BROKEN.format(29)),
        (b'"text"', BARE, "The response is not JSON."),
        (b"[1, 2", BARE, "The response is not whole JSON: it breaks off."),
        (b'{"a": 1', BARE, "The response is not whole JSON: it breaks off or is malformed at character 7."),
        (
            b'{"customers": [1, 2',
            LIST,
            "The response is not whole JSON: it breaks off or is malformed at character 19.",
        ),
        (
            b'{"customers": [1, 2,]}',
            LIST,
            "The response is not whole JSON: it breaks off or is malformed at character 19.",
        ),
        (
            b'{"customers": [{"a":]}',
            LIST,
            "The response is not whole JSON: it breaks off or is malformed at character 20.",
        ),
    ],
)
def test_a_body_that_is_no_such_json_is_refused_with_what_is_wrong(body: bytes, envelope: Envelope, said: str) -> None:
    with pytest.raises(ProtocolBroken) as refused:
        cut(body, envelope)
    assert refused.value.message == said


@pytest.mark.parametrize(("length", "found"), [(LONGEST_TAIL, True), (LONGEST_TAIL + 1, False)])
def test_the_end_of_the_records_is_looked_for_in_a_bounded_tail(length: int, found: bool) -> None:
    around = b'], "more": "', b'"}'
    more = b"x" * (length - len(b"".join(around)))
    page = cut(b'{"customers": [1' + more.join(around), LIST)
    assert page == Page({"customers": [] if found else [1], "more": more.decode()}, b"[1]" if found else b"")


# -- a list by number, or nothing for a list ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "envelope", "array"),
    [
        (b'{"customers": {"0": {"id": 1}}}', LIST, b'{"customers": [{"id": 1}]}'),
        (b'{"customers" : {"0": {"id": 1}, "7": {"a": {}} }}', LIST, b'{"customers" : [{"id": 1},{"a": {}}]}'),
        (b'{"n": {}, "customers": {"0": {"id": 1}}}', COUNTED, b'{"n": {}, "customers": [{"id": 1}]}'),
        (b'{"page": {"count": 1}, "customers": {"0": {}}}', COUNTED, b'{"page": {"count": 1}, "customers": [{}]}'),
        (b'{"response": {"data": {"Contacts": {"4": {}}}}}', DEEPER, b'{"response": {"data": {"Contacts": [{}]}}}'),
        (b'{"3": {"id": 1}}', BARE, b'[{"id": 1}]'),
        (b'\xef\xbb\xbf \n{"3": {"id": 1}} ', BARE, b'\xef\xbb\xbf \n[{"id": 1}] '),
        (b'{"customers": {}, "page": {"count": 0}}', COUNTED, b'{"customers": [], "page": {"count": 0}}'),
        (b'{"customers": "", "page": {"count": "0"}}', COUNTED, b'{"customers": [], "page": {"count": "0"}}'),
        (b'{"page": {"count": 0}, "customers": { }}', COUNTED, b'{"page": {"count": 0}, "customers": []}'),
    ],
)  # fmt: skip
def test_an_array_stands_where_an_object_by_number_or_nothing_stood(
    body: bytes, envelope: Envelope, array: bytes | None
) -> None:
    assert with_array(body, envelope) == array


@pytest.mark.parametrize(
    ("body", "envelope"),
    [
        (b'{"customers": {}, "page": {"count": 1}}', COUNTED),
        (b'{"customers": {}, "page": {}}', COUNTED),
        (b'{"customers": {}}', LIST),
        (b'{"customers": ""}', LIST),
        (b'{"customers": null, "page": {"count": 0}}', COUNTED),
        (b'{"customers": {"id": 1}}', LIST),
        (b'{"customers": {"0": {"id": 1}, "id": {}}}', LIST),
        (b'{"customers": {"0": {"id": 1}', LIST),
        (b'{"customers": {"0": {"id": 1}}', LIST),
        (b'{"other": {"customers": {"0": {"id": 1}}}}', LIST),
        (b'{"items": {"0": {"id": 1}}}', LIST),
        (b'{"error": "no"}', BARE),
        (b"text", BARE),
    ],
)
def test_no_array_stands_for_what_means_something_else_or_breaks_off(body: bytes, envelope: Envelope) -> None:
    assert with_array(body, envelope) is None


# -- a body as it comes -----------------------------------------------------------------------------------


def records(count: int, size: int = 1000) -> list[dict[str, Any]]:
    return [{"id": number, "text": "x" * size} for number in range(count)]


@pytest.mark.parametrize(
    ("head", "envelope", "tail"), [(b"\xef\xbb\xbf \n", BARE, b"\n"), (b'{"n": 1, "customers": ', LIST, b', "m": 2}')]
)
@pytest.mark.parametrize("comma", [",", ", ", " , "])
@pytest.mark.parametrize("quick", [nothing, json.loads], ids=["strict", "quick"])
def test_pieces_and_what_is_left_hold_every_record_once(
    head: bytes, envelope: Envelope, tail: bytes, comma: str, quick: Any
) -> None:
    made = records(2000)
    body = head + json.dumps(made, separators=(comma, ":")).encode() + tail
    cutter: Cutter[list[Any]] = Cutter(envelope, quick, json.loads)
    pieces = [piece for at in range(0, len(body), 100_000) for piece in cutter.feed(body[at : at + 100_000])]
    page = cutter.finish()
    assert len(pieces) > 2
    assert [one for piece in pieces for one in piece] + json.loads(page.records) == made
    assert page.envelope == (None if envelope is BARE else {"n": 1, "customers": [], "m": 2})


def test_nothing_is_cut_before_there_is_enough_for_a_piece() -> None:
    body = json.dumps(records(3, PIECE // 3)).encode()
    cutter: Cutter[list[Any]] = Cutter(BARE, json.loads, json.loads)
    assert list(cutter.feed(body[: PIECE - 1])) == []
    (piece,) = cutter.feed(body[PIECE - 1 : PIECE])
    assert [one["id"] for one in piece] == [0, 1]


def test_what_the_quick_reader_reads_is_cut_at_the_last_record_that_is_whole_and_read_once() -> None:
    made = [{"id": 1}, {"id": 2}, {"id": 3, "o": {"a": 1}, "p": {"b": 2}, "text": "},{" + "x" * PIECE}]
    body = json.dumps(made, separators=(",", ":")).encode()
    cutter: Cutter[Any] = Cutter(BARE, quickly, refused)
    assert list(cutter.feed(body)) == [[{"id": 1}, {"id": 2}]]
    assert cutter.finish() == Page(None, json.dumps(made[2:], separators=(",", ":")).encode())


def test_what_the_quick_reader_never_reads_is_read_record_by_record() -> None:
    made = [{"id": 1}, {"id": 2, "o": {}, "text": "},{" * PIECE}]
    cutter: Cutter[Any] = Cutter(BARE, quickly, json.loads)
    assert list(cutter.feed(json.dumps(made).encode())) == [[{"id": 1}]]


def test_a_body_that_is_not_the_list_is_left_to_be_judged_whole() -> None:
    body = b'{"error": "' + b"x" * PIECE + b'"}'
    cutter: Cutter[Any] = Cutter(LIST, json.loads, json.loads)
    assert list(cutter.feed(body)) == []
    assert cutter.finish() == Page(json.loads(body), b"")


@pytest.mark.parametrize(("before", "begins"), [(LONGEST_HEAD - 40, True), (LONGEST_HEAD + 1, False)])
def test_the_records_are_looked_for_in_a_bounded_head(before: int, begins: bool) -> None:
    body = b'{"n": "' + b"x" * before + b'", "customers": ' + json.dumps(records(600)).encode() + b"}"
    cutter: Cutter[Any] = Cutter(LIST, json.loads, json.loads)
    pieces = [one for piece in cutter.feed(body) for one in piece]
    assert bool(pieces) is begins
    assert pieces + json.loads(cutter.finish().records) == records(600)


def test_what_never_becomes_a_list_or_a_record_is_refused_at_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_RECORD == 32 << 20
    monkeypatch.setattr(module, "LARGEST_RECORD", 2 << 20)
    for envelope, start, said in (
        (LIST, b'{"n": "', "The answer is not the list that the document describes."),
        (BARE, b'[{"n": "', "A record is larger than 2 MB."),
    ):
        cutter: Cutter[Any] = Cutter(envelope, json.loads, json.loads)
        quick: Cutter[Any] = Cutter(envelope, nothing, json.loads)
        for one in (cutter, quick):
            head = start.index(b"[") + 1 if envelope is BARE else 0
            assert list(one.feed(start + b"x" * ((2 << 20) + head - len(start)))) == []
            with pytest.raises(ProtocolBroken, match=f"^{re.escape(said)}$"):
                list(one.feed(b"x" * (2 << 20)))

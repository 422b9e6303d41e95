"""Every row that was received is written, a duplicate or rejected: an export that cannot show so does not succeed."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from etl.systems import SYSTEMS
from etl.systems.declare import Context, Stream
from tests.support.scripted import Server, shop
from tests.support.workplace import BIKES, Project


def misread(stream: Stream, *, lost: str = "", twice: str = "") -> Stream:
    """The stream as a declaration reads it that loses a row, or makes two of one."""

    def into(frame: pl.DataFrame, context: Context) -> dict[str, pl.DataFrame]:
        tables = stream.into(frame, context)
        contacts = tables["contacts"]
        once_more = contacts.filter(source_id=twice)
        return {**tables, "contacts": pl.concat([contacts.filter(pl.col("source_id") != lost), once_more])}

    return replace(stream, into=into)


@pytest.mark.parametrize("fault", [{"lost": "7"}, {"twice": "7"}])
async def test_an_export_whose_rows_do_not_balance_does_not_succeed(
    fault: dict[str, str], project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = SYSTEMS["cyclesoftware"]
    streams = tuple(misread(stream, **fault) for stream in system.streams)
    with Server(shop(20)) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        before = files(project)
        monkeypatch.setitem(SYSTEMS.loaded, "cyclesoftware", replace(system, streams=streams))
        told = (await project.export()).as_dict()
        assert (told["exit_code"], told["status"]) == (70, "failed")
        assert "do not balance" in str(told["error"])
        again = await project.replay(out=project.out)
        assert (again.exit_code, "do not balance" in str(again.errors[0])) == (70, True)
    assert files(project) == before, "no file has its name before the sum is right"


def files(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.out.rglob("*bikes.customers*")}

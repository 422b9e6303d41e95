"""Rejects go to the disk as they come, and are a file when the export is done."""

from __future__ import annotations

import json
from pathlib import Path

from etl.state.files import TEMPORARY
from tests.support.memory import peak_rss_of
from tests.support.scripted import Answer, Server
from tests.support.workplace import ETL, PARK, Project

PADDING = "n" * 4000


def misfits(count: int) -> bytes:
    """A list of contacts none of whom fits: a name is to be text."""
    return json.dumps([{"id": f"x{n}", "naam": {"a": PADDING}} for n in range(count)]).encode()


def test_memory_does_not_grow_with_what_is_rejected(project: Project) -> None:
    """Twelve times as many take less memory more than their own text has bytes."""
    peaks, bodies = [], [misfits(1000), misfits(12_000)]
    for body in bodies:
        with Server([Answer(body)]) as server:
            project.configure(PARK, server.base_url)
            ran, peak = peak_rss_of(
                [str(ETL), "export", "park.contacten", "--out", "out", "--full", "--accept-rejects"], project
            )
        assert ran.code == 65, ran.err
        peaks.append(peak)
    lines = [json.loads(line) for line in (project.out / "rejects" / "park.contacten.jsonl").read_text().splitlines()]
    assert [line["position"] for line in lines] == list(range(12_000))
    assert json.loads(lines[-1]["raw"])["naam"] == {"a": PADDING}
    assert peaks[1] - peaks[0] < len(bodies[1]) - len(bodies[0])


async def test_an_export_that_ends_early_leaves_the_rejects_of_the_one_before(project: Project) -> None:
    """The second list breaks off behind many that are written already, and is asked for again."""
    rejects = project.out / "rejects" / "park.contacten.jsonl"
    with Server([Answer(misfits(2)), Answer(misfits(2000)[:-10])]) as server:
        project.configure(PARK, server.base_url)
        assert (await project.export("park.contacten")).exit_code == 65
        before = rejects.read_text()
        report = await project.export("park.contacten", full=True)
    assert (report.exit_code, len(server.seen)) == (76, 1 + 5)
    assert (rejects.read_text(), len(before.splitlines())) == (before, 2)
    assert list(Path(project.out).rglob(f"{TEMPORARY}*")) == []

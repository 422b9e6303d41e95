"""The simulator as others start it: in a test, and as a process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

import etl.simulator
from etl.simulator import Options, Simulator

from .conftest import Caller, Start

PROGRAM = "from etl.simulator import run; run(port=0, rows=5, seed=2)"


def test_these_are_the_public_names() -> None:
    assert sorted(etl.simulator.__all__) == ["Options", "Simulator", "run"]


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_process_says_where_it_listens_in_one_line_and_ends_well_when_told(sign: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert line["base_url"].startswith("http://127.0.0.1:")
            assert (line["rows"], line["seed"]) == (5, 2)
            assert line["accounts"].keys() == {"cyclesoftware", "recras", "invoicing", "moneybird", "woocommerce"}
            key = line["accounts"]["recras"]["api_key"]
            request = urllib.request.Request(
                f"{line['base_url']}/api2/contacten", headers={"Authorization": f"Bearer {key}"}
            )
            with urllib.request.urlopen(request, timeout=10) as response:
                assert len(json.load(response)) == 5
            process.send_signal(sign)
            assert process.stdout.read() == ""
            assert process.wait(10) == 0
        finally:
            process.kill()  # else a failure above would wait for it for ever


async def test_log_and_counters_can_be_asked_for_over_http(call: Caller) -> None:
    await call("POST", "/api/v1/customers.json", json={"name": "Hulst"})
    log = (await call("GET", "/__simulator/log", secret=None)).json
    assert log == call.simulator.log
    assert [(entry["method"], entry["path"], entry["outcome"], entry["answered"]) for entry in log] == [
        ("POST", "/api/v1/customers.json", "created", "200")
    ]
    stats = (await call("GET", "/__simulator/stats", secret=None)).json
    assert (stats["requests"], stats["writes"]) == (1, {"created": 1})


async def test_paths_that_no_api_has_are_not_found(call: Caller) -> None:
    for path in ("/", "/contactsx", "/api2", "/api2/facturen", "/api/v1/customersx", "/__simulator/x"):
        assert (await call("GET", path)).status == 404
    assert (await call("DELETE", "/api2/klanten/17")).status == 405


async def test_a_list_too_long_to_keep_is_sent_as_it_is_made(start: Start) -> None:
    async with start(rows=9000, per_minute=None) as call:
        reply = await call("GET", "/api2/contacten")
        assert reply.headers["Transfer-Encoding"] == "chunked"
        assert [contact["id"] for contact in reply.json] == list(range(17, 9017))


@pytest.mark.parametrize("settings", [{"rows": -1}, {"page_size": 0}, {"minute_seconds": 0}, {"day_seconds": -1}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Options(**settings)


def test_options_and_settings_by_name_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="not both"):
        Simulator(Options(), rows=3)

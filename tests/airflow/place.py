"""An Airflow of one's own in a folder, and the shop that its DAGs export, in a thread beside the test."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.simulator import Simulator

BIN = Path(os.environ.get("AIRFLOW_BIN", ".venv-airflow/bin"))


class Shop:
    """The simulator in a thread: `with Shop(rows=…) as shop`."""

    def __init__(self, **settings: Any) -> None:
        self.simulator = Simulator(**settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Shop:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.simulator.start(), self._loop).result(20)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self.simulator.stop(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def base_url(self) -> str:
        return self.simulator.base_url

    def stats(self, system: str = "cyclesoftware") -> dict[str, Any]:
        none = {"requests": 0, "over_limit": 0}
        found: dict[str, Any] = self.simulator.stats["systems"].get(system, none)
        return found


@dataclass(frozen=True)
class Airflow:
    """AIRFLOW_HOME, with a database that is ready, and `project`, where etl.toml and its state are."""

    home: Path
    port: int
    project: Path

    @property
    def out(self) -> Path:
        return self.project / "out"

    @property
    def environment(self) -> dict[str, str]:
        """None of the caller's own settings of Airflow."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHON"))}
        return kept | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "CONTACT_ETL_HOME": str(self.project),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.home / "dags"),
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://localhost:{self.port}/execution/",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": f"http://localhost:{self.port}",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "15",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC": "2",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        }

    def run(self, *arguments: str, timeout_s: float = 120, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of Airflow's environment to its end."""
        ran = subprocess.run(
            [str(BIN / arguments[0]), *arguments[1:]],
            check=False,
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        assert not check or ran.returncode == 0, f"{ran.stdout[-6000:]}\n{ran.stderr[-6000:]}"
        return ran

    def python(self, script: str, timeout_s: float = 120) -> Any:
        """What a script prints last, as JSON."""
        ran = self.run("python", "-c", script, timeout_s=timeout_s)
        return json.loads(ran.stdout.splitlines()[-1])

    def write_dag(self, name: str, text: str) -> Path:
        path = self.home / "dags" / f"{name}.py"
        path.write_text(text.replace("CONFIG", repr(str(self.config))).replace("OUT", repr(str(self.out))))
        return path

    @property
    def config(self) -> Path:
        return self.project / "etl.toml"

    def configure(self, *accounts: str, more: str = "") -> None:
        self.config.write_text("\n".join([*accounts, "[state]", 'budgets = "budgets.db"', more]))
        self.config.chmod(0o600)


def account(name: str, base_url: str, *, system: str = "cyclesoftware", keys: Mapping[str, str] | None = None) -> str:
    """An account's lines in etl.toml; each has a user name, and so a budget, of its own."""
    own = {"system": system, "base_url": base_url, **(keys or {"username": name, "password": "demo"})}
    return "\n".join([f"[accounts.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in own.items()), ""])


def make_airflow(home: Path) -> Airflow:
    """A home with a database of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Airflow(home, free.getsockname()[1], home / "project")
    (home / "dags").mkdir(parents=True)
    made.run("airflow", "db", "migrate")
    return made

"""Nothing here is collected but by `make test-airflow`: it installs an Airflow, and takes minutes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from .place import Airflow, make_airflow

collect_ignore_glob = [] if "AIRFLOW_BIN" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return make_airflow(tmp_path_factory.mktemp("airflow"))


@pytest.fixture
def airflow(installed: Airflow, tmp_path: Path) -> Airflow:
    """One Airflow for all, with no DAG in it yet, and a project of one's own."""
    for dag in (installed.home / "dags").glob("*.py"):
        dag.unlink()
    return replace(installed, project=tmp_path)

"""The files of systems that an etl.toml names: `[systems] files = ["my_api.py"]`, from its own folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from etl.config.read_toml import read_toml
from etl.errors import ConfigurationError
from etl.regular_file import NotUsable, user_path
from etl.systems import SYSTEMS


def know_systems(path: Path, raw: Mapping[str, Any]) -> None:
    """Know the systems of the files that a configuration names. Raises ConfigurationError for a wrong [systems]."""
    table = raw.get("systems", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: systems must be a table: [systems].")
    if unknown := table.keys() - {"files"}:
        raise ConfigurationError(f"{path}: systems.{min(unknown)} is not a known key.", remedy="Known is files.")
    files = table.get("files", [])
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        raise ConfigurationError(f"{path}: systems.files must be a list of texts.", remedy='files = ["my_api.py"]')
    try:
        SYSTEMS.run_files(path.parent / user_path(file) for file in files)
    except NotUsable as unfit:
        raise ConfigurationError(f"{path}: systems.files holds what is {unfit.reason}.") from None


def know_systems_of(path: Path) -> None:
    """Know them of a configuration that may not be there. Raises ConfigurationError for one that cannot be read."""
    if path.exists():
        know_systems(path, read_toml(path))

"""The language of the reasons in rejects and results: `language` at the top of etl.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from etl.config.read_toml import read_toml
from etl.errors import ConfigurationError

Language: TypeAlias = Literal["en", "nl"]


def language_in(raw: Mapping[str, Any], path: Path) -> Language:
    """The language of a configuration. Raises ConfigurationError for one that is not known."""
    language = raw.get("language", "en")
    if language not in get_args(Language):
        raise ConfigurationError(f"{path}: language: {str(language)[:20]!r} is not known.", remedy="Write en or nl.")
    return cast(Language, language)


def language_of(path: Path) -> Language:
    """The language of a configuration that may not be there, or not be right: whoever asks needs nothing else of it."""
    try:
        return language_in(read_toml(path), path)
    except ConfigurationError:
        return "en"

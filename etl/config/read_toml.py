"""Read a file as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from etl.errors import ConfigurationError
from etl.regular_file import size_text

LARGEST = 1 << 20
"""The largest configuration, in bytes."""


def read_toml(path: Path) -> dict[str, Any]:
    """Read a configuration, also from a pipe. Raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            found = file.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise ConfigurationError(f"{path} is larger than {size_text(LARGEST)}: it is no configuration.")
        text = found.decode("utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no {path}.", remedy="Copy samples/etl.toml and fill it in, or name yours with --config FILE."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}.") from None
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.") from None

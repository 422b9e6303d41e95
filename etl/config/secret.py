"""Look up a configuration's secrets: in the environment, a file, or the configuration itself if it is private."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from etl.errors import ConfigurationError

WHOLE_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def secret(path: Path, where: str, value: Any, private: bool) -> str:
    """The secret for the key `where` of the file `path`; `private` says that nobody else may read that file.

    Raises ConfigurationError naming the key and the remedy, never a secret.
    """
    if not isinstance(value, str):
        raise ConfigurationError(f"{path}: {where} must be text.")
    if variable := WHOLE_VARIABLE.fullmatch(value):
        found = os.environ.get(variable[1])
        if not found:
            raise ConfigurationError(
                f"{path}: {where} needs the environment variable {variable[1]}, which is not set.",
                remedy=f"export {variable[1]}=…",
            )
        return found
    if "${" in value:
        raise ConfigurationError(
            f"{path}: {where} mixes ${{…}} with other text.", remedy="Use ${NAME} alone, or file:PATH."
        )
    if value.startswith("file:"):
        file = path.parent / Path(value.removeprefix("file:")).expanduser()
        try:
            found = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(f"{path}: {where} names {file}, which cannot be read.") from None
        if not found:
            raise ConfigurationError(f"{path}: {where} names {file}, which is empty.")
        return found
    if not value:
        raise ConfigurationError(f"{path}: {where} is empty.", remedy="Use ${NAME} or file:PATH.")
    if not private:
        raise ConfigurationError(
            f"{path}: {where} is written out in a file that others may read.",
            remedy=f"chmod 600 {path}, or use ${{NAME}} or file:PATH.",
        )
    return value

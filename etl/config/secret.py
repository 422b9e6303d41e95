"""Look up a configuration's secrets: in the environment, a file, or the configuration itself if it is private."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from etl.errors import ConfigurationError
from etl.regular_file import NotUsable, open_regular, user_path

WHOLE_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
LONGEST = 64 << 10
"""The largest file of a secret, in bytes."""


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
        return _from_file(path.parent, value.removeprefix("file:"), f"{path}: {where} names")
    if not value:
        raise ConfigurationError(f"{path}: {where} is empty.", remedy="Use ${NAME} or file:PATH.")
    if not private:
        raise ConfigurationError(
            f"{path}: {where} is written out in a file that others may read.",
            remedy=f"chmod 600 {path}, or use ${{NAME}} or file:PATH.",
        )
    return value


def _from_file(folder: Path, given: str, names: str) -> str:
    """The text of a file that only its owner may read."""
    file: Path | str = repr(given)
    try:
        file = folder / user_path(given)
        with open_regular(file, LONGEST) as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:
                raise ConfigurationError(f"{names} {file}, which others may use.", remedy=f"chmod 600 {file}")
            found = opened.read(LONGEST).decode("utf-8").strip()
    except NotUsable as unfit:
        raise ConfigurationError(
            f"{names} {file}, which is {unfit.reason}.", remedy="Put the secret alone into a file of mode 0600."
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{names} {file}, which cannot be read.") from None
    if not found:
        raise ConfigurationError(f"{names} {file}, which is empty.")
    return found

"""A virtual environment for each peer, in benchmarks/.venvs (which git ignores), with the versions that were measured.

python -m benchmarks.export.environments [NAME …]    make them now; a benchmark with peers makes what is missing
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".venvs"

PINNED = {
    "dlt": ("dlt[filesystem,parquet]==1.31.0", "pyarrow==26.0.1"),
    "airbyte": ("airbyte-cdk==7.39.1", "pyarrow==26.0.1"),
    "singer": ("singer-sdk[msgspec]==0.54.9", "pyarrow==26.0.1"),
}


def python_of(name: str) -> Path:
    """The interpreter of that environment, made first where it is missing or holds other versions.

    Raises `subprocess.CalledProcessError` where pip could not install it.
    """
    folder, wanted = FOLDER / name, "\n".join(PINNED[name])
    made, python = folder / "pinned.txt", folder / "bin" / "python"
    if not made.exists() or made.read_text("utf-8") != wanted:
        print(f"making {folder.relative_to(FOLDER.parent.parent)}: {', '.join(PINNED[name])}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINNED[name]]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        made.write_text(wanted, "utf-8")
    return python


if __name__ == "__main__":
    for each in sys.argv[1:] or PINNED:
        print(python_of(each))

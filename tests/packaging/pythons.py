"""Run the suite on each Python version that is named, in an environment of its own: `make test-pythons`.

An interpreter is looked for on the PATH, then asked of uv, which fetches one where it can. A version that is not to be
had was not tested, so the run fails and says so. Needs nothing but the standard library: no environment stands yet.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator


def interpreter(version: str) -> str | None:
    """Return an interpreter of this version that starts, or None where there is none."""
    return next((python for python in _candidates(version) if _is(python, version)), None)


def _candidates(version: str) -> Iterator[str]:
    yield from (f"{folder}/python{version}" for folder in os.get_exec_path())
    if uv := shutil.which("uv"):
        subprocess.run([uv, "python", "install", "--quiet", version], check=False)
        yield _output(uv, "python", "find", version)


def _is(python: str, version: str) -> bool:
    return _output(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") == version


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def test(version: str, python: str) -> str:
    """Run the suite in `.venv-VERSION` and say how it went."""
    ran = subprocess.run(["make", "test", f"VENV=.venv-{version}", f"PYTHON={python}"], check=False)
    return "passed" if ran.returncode == 0 else "failed"


def main(versions: list[str]) -> int:
    """Test every version, also after one has failed, then sum up."""
    results = {version: test(version, python) if (python := interpreter(version)) else "" for version in versions}
    for version, result in results.items():
        print(f"Python {version}: {result or f'not tested: neither python{version} nor uv has it'}")
    return 0 if all(result == "passed" for result in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

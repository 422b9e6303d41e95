"""Write what an installation brings along, at the locked versions, as a CycloneDX document: `make sbom`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.packaging.clean import ROOT, build, environment, install, run_pip


def write(cyclonedx: str, out: str) -> None:
    """Install the wheel into an environment of its own, and have `cyclonedx` list what stands beside it there."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = environment(folder / "environment")
        wheel = build("wheel", folder / "dist")
        install(python, wheel)
        # the project itself is the document's subject; as a part of itself it would name this folder
        run_pip("--python", str(python), "uninstall", "--yes", "contact-etl")
        command = [cyclonedx, "environment", str(python), "--pyproject", str(ROOT / "pyproject.toml")]
        subprocess.run([*command, "--output-reproducible", "--output-file", out], check=True)
    name_version(Path(out), wheel.name.split("-")[1])


def name_version(path: Path, version: str) -> None:
    """Give the document's subject its version, which pyproject.toml leaves to the package."""
    document = json.loads(path.read_text("utf-8"))
    document["metadata"]["component"] |= {"version": version, "purl": f"pkg:pypi/contact-etl@{version}"}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write(*sys.argv[1:])

"""How much memory a command takes at most."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

from .workplace import Project, Ran

STARTER = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[2:])
with open(sys.argv[1], "w") as told:
    told.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
sys.exit(ended.returncode if ended.returncode >= 0 else 128 - ended.returncode)
"""


def peak_rss_of(command: list[str], project: Project, env: Mapping[str, str] | None = None) -> tuple[Ran, int]:
    """How a command ended, and the most bytes of memory that it, or one process that it started, held at once.

    A small process starts it: what is measured of a process begins at the peak of the one that starts it.
    """
    told = project.folder / "peak"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", STARTER, str(told), *command],
        cwd=project.folder,
        env=project.environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr), int(told.read_text())

"""Whether the disk sees every call that strace sees: what it does not see is not struck at."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter

from .rounds import Arena

KINDS = {
    "write": "write pwrite64 writev pwritev pwritev2 sendfile copy_file_range splice",
    "sync": "fsync fdatasync sync_file_range msync",
    "rename": "rename renameat renameat2",
    "mkdir": "mkdir mkdirat",
    "truncate": "ftruncate truncate fallocate",
}
SHARED = re.compile(r"mmap\(.*PROT_WRITE.*MAP_SHARED")


def compare(arena: Arena) -> list[str] | None:
    """What the two count differently in one undisturbed run; None where strace is missing or not allowed."""
    strace = shutil.which("strace")
    if strace is None or subprocess.run([strace, "-qq", "-o", "/dev/null", "true"], check=False).returncode:
        return None
    home = arena.home()
    lines = home.project.parent / "strace"
    calls = ",".join([*(" ".join(KINDS.values())).split(), "mmap", "io_uring_setup"])
    ended = home.run(
        watched=True, under=[strace, "-f", "-qq", "-y", "-s", "1", "-e", f"trace={calls}", "-o", str(lines)]
    )
    if ended.code:
        return [f"under strace the export ends with {ended.code}: {ended.err[-300:]}"]
    names = {name: kind for kind, of in KINDS.items() for name in of.split()}
    seen = Counter(
        point.call.removesuffix("dir") if point.call == "syncdir" else point.call for point in ended.trace.calls
    )
    told: Counter[str] = Counter()
    complaints = []
    for line in lines.read_text("utf-8", errors="replace").splitlines():
        call = re.match(r"\d+\s+(\w+)\(", line)
        if call is None or (str(home.project) not in line and call[1] != "io_uring_setup") or " = -1 " in line:
            continue
        if SHARED.search(line) and "-shm>" not in line:
            complaints.append(f"a file is written through memory: {line[:200]}")
        elif call[1] == "io_uring_setup":
            complaints.append("io_uring is used")
        elif call[1] in names and "(deleted)" not in line:
            told[names[call[1]]] += 1
    complaints += [
        f"strace sees {told[kind]} calls of {kind}, the disk {seen[kind]}" for kind in KINDS if told[kind] != seen[kind]
    ]
    if not complaints:
        home.remove()
    return complaints

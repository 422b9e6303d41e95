"""Starts one command and prints a JSON line: exit code, wall and CPU seconds, peak memory in bytes, its last words.

    python -I -S benchmarks/export/launcher.py LOG COMMAND …

A process of its own, which imports next to nothing: Linux starts the peak of a child at the size of what forked it.
CPU is user and system time of all the command's processes. The peak is the kernel's of the largest process, or what
several of them held together (what they share counts for each), looked at every 50 ms, where that is more. Linux only.
"""

# pathlib alone imports more than all of this.
# ruff: noqa: PTH123, PTH208

import json
import os
import resource
import select
import sys
import time

PAGE_BYTES = resource.getpagesize()
LOOK_MS = 50


def tree(pid: int) -> list[int]:
    """That process and its descendants."""
    found = [pid]
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as children:
                for child in children.read().split():
                    found += tree(int(child))
    except OSError:
        pass
    return found


def resident(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm") as pages:
                total += int(pages.read().split()[1]) * PAGE_BYTES
        except OSError:
            pass
    return total


def run(command: list[str], log: str) -> dict[str, object]:
    began = time.perf_counter()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, n) for n in (1, 2)])
    ended = select.poll()
    ended.register(os.pidfd_open(pid), select.POLLIN)
    together = 0
    while not ended.poll(LOOK_MS):
        pids = tree(pid)
        if len(pids) > 1:
            together = max(together, resident(pids))
    wall_s = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(log, "rb") as lines:
        said = lines.read()[-2000:].decode(errors="replace")
    return {
        "code": code,
        "wall_s": wall_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_bytes": max(used.ru_maxrss * 1024, together),
        "said": said,
    }


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[2:], sys.argv[1])))

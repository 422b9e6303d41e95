"""Ask an advisory source about every locked version, and tell "none known" from "nobody was asked": `make audit`.

pip-audit ends with 0 and "No known vulnerabilities found" also where its source does not know a single package.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass

UNREACHED = re.compile(r"ConnectionError|ConnectTimeout|ReadTimeout|Could not connect")


@dataclass(frozen=True)
class Verdict:
    exit_code: int
    text: str


def judge(answer: str, trouble: str) -> Verdict:
    """Judge what pip-audit wrote as JSON on stdout, and on stderr."""
    if not answer.strip():
        last = (trouble.strip().splitlines() or ["pip-audit said nothing."])[-1]
        if UNREACHED.search(trouble):
            return Verdict(0, f"Advisories: NOT CHECKED, for no source is reached ({last[:120]})")
        return Verdict(1, f"Advisories: pip-audit failed: {last}")
    packages = json.loads(answer)["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        return Verdict(0, f"Advisories: NOT CHECKED, for the source knows none of {len(packages)} packages")
    found = [
        f"  {package['name']} {package['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'none'}"
        for package in asked
        for flaw in package["vulns"]
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    told = [f"Advisories: {len(asked)} packages checked, {len(found)} known vulnerabilities", *found]
    told += [f"  not known to the source, so not checked: {', '.join(unknown)}"] if unknown else []
    return Verdict(1 if found else 0, "\n".join(told))


def main(pip_audit: str, lock: str) -> int:
    command = [pip_audit, "--require-hashes", "--disable-pip", "--requirement", lock, "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    verdict = judge(ran.stdout, ran.stderr)
    print(verdict.text)
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

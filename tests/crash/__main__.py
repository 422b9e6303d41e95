"""Hundreds of blows, and a table of what came of them. `python -m tests.crash --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from . import coverage, lock, obstacles, plan
from .disk import MISSING, Blow, Point
from .rounds import Arena, Round, Verdict, arena, clear

say = sys.stdout.write


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 where every round ended like an undisturbed run."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="crash-")).resolve()
    try:
        with arena(folder) as place:
            say(f"{len(place.trace.calls)} calls of an undisturbed run touch the disk; seed {options.seed}\n\n")
            complaints = _one(place, options) if options.blow else _all(place, options)
    except FileNotFoundError as error:
        if str(error) != MISSING:
            raise
        sys.stderr.write(f"{MISSING}.\n")
        return 1
    for complaint in complaints:
        say(f"\n{complaint}\n")
    if complaints:
        say(f"\nFAILED; the folders of those rounds are kept under {folder}\n")
        return 1
    say("\nevery round ended like an undisturbed run\n")
    clear(folder)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help="how many rounds in all (400)")
    parser.add_argument("--minutes", type=float, default=13.0, help="begin no round after so long (13)")
    parser.add_argument("--seed", type=int, default=1, help="of moments and chains (1)")
    parser.add_argument("--only", choices=plan.SHARES, action="append", help="this kind of blow; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="rounds at a time (2)")
    parser.add_argument(
        "--blow",
        nargs=4,
        action="append",
        metavar=("DEED", "CALL", "PLACE", "NTH"),
        help="one round with this blow, as a failure names it; repeated: a chain",
    )
    parser.add_argument("--fresh", action="store_true", help="with --blow: no earlier export")
    return parser


def _one(place: Arena, options: argparse.Namespace) -> list[str]:
    blows = tuple(Blow(deed, Point(call, where, int(nth))) for deed, call, where, nth in options.blow)
    verdict = place.play(Round("chosen", not options.fresh, blows))
    say(f"{verdict.struck} of {len(blows)} fell; exit codes {list(verdict.codes)}\n")
    return _complaints([verdict])


def _all(place: Arena, options: argparse.Namespace) -> list[str]:
    until = time.monotonic() + options.minutes * 60
    kinds = options.only or list(plan.SHARES)
    scale = options.rounds / sum(plan.SHARES[kind] for kind in kinds)
    rounds = [
        round_
        for kind in kinds
        for round_ in plan.rounds(place, kind, max(1, round(plan.SHARES[kind] * scale)), options.seed)
    ]
    Random(options.seed).shuffle(rounds)
    verdicts = []
    for verdict in place.play_all(rounds, workers=options.workers, until=until):
        verdicts.append(verdict)
        if len(verdicts) % 25 == 0:
            sys.stderr.write(f"{len(verdicts)} of {len(rounds)} rounds\n")
    say(f"{'blow':<8} {'rounds':>6} {'fell':>5} {'places':>6} {'asked twice':>11}  exit codes\n")
    for kind in kinds:
        say(_row(kind, [verdict for verdict in verdicts if verdict.round.name == kind]))
    if len(verdicts) < len(rounds):
        say(f"the time was up after {len(verdicts)} of {len(rounds)} rounds\n")
    return _complaints(verdicts) + ([] if options.only else _others(place))


def _others(place: Arena) -> list[str]:
    """What is no blow: obstacles, a second run, and whether the disk sees all."""
    complaints = []
    for obstacle in obstacles.OBSTACLES:
        try:
            verdict = obstacles.meet(place, obstacle)
        except obstacles.Unavailable as reason:
            say(f"{obstacle.name}: left out, {reason}\n")
            continue
        complaints += _complaints([verdict])
        say(f"{obstacle.name}: exit codes {list(verdict.codes)}{'  FAILED' if verdict.complaints else ''}\n")
    told = {
        "a second run at the same time": lock.contend(place),
        "the disk sees what strace sees": coverage.compare(place),
    }
    for name, found in told.items():
        say(f"{name}: {'left out, needs strace' if found is None else 'FAILED' if found else 'yes'}\n")
        complaints += [f"{name}: {complaint}" for complaint in found or ()]
    return complaints


def _complaints(verdicts: Sequence[Verdict]) -> list[str]:
    return [str(verdict) for verdict in verdicts if verdict.complaints]


def _row(kind: str, verdicts: Sequence[Verdict]) -> str:
    struck = sum(verdict.struck for verdict in verdicts)
    blows = [blow for verdict in verdicts for blow in verdict.round.blows]
    places = len({(blow.point.call, blow.point.place) for blow in blows if blow.point})
    codes = sorted({code for verdict in verdicts for code in verdict.codes})
    worst = max((verdict.repeats for verdict in verdicts), default=0)
    bad = sum(bool(verdict.complaints) for verdict in verdicts)
    told = f"{kind:<8} {len(verdicts):>6} {struck:>5} {places or '':>6} {worst:>11}  {codes}"
    return told + (f"  {bad} FAILED\n" if bad else "\n")


if __name__ == "__main__":
    sys.exit(main())

"""Run `etl`: the group of all commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import io
import os
import sys
from itertools import pairwise

# before they are loaded: pyarrow's own allocator, and polars' with an arena for each thread, keep much that is free
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0")

import click

from etl import __version__
from etl.cli import (
    accounts,
    check,
    completion,
    conformance,
    export,
    get,
    init,
    ledger,
    map,
    migrate,
    new_system,
    normalise,
    person,
    plan,
    purge,
    push,
    replay,
    review,
    simulate,
    sources,
    state,
    status,
    verify_undo,
)
from etl.cli.output import Quit, complain, fail, say, set_up_logs
from etl.errors import EtlError, InputOutputError, UsageError
from etl.regular_file import holds_nul

EPILOG = """\b
Exit codes:
  0    every row accounted for
  64   wrong usage
  65   done, but some rows were rejected, or left for review
  69   the remote refused for good
  70   a bug of ours
  73   the output cannot be created
  74   an input/output error
  75   try again later: budget spent, outage, lock held, outcomes unknown
  76   the remote broke its own protocol
  77   credentials refused
  78   the configuration is wrong
  130  interrupted; 143 terminated: saved, run again to go on
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EPILOG)
@click.version_option(__version__, prog_name="etl")
def etl() -> None:
    """Contact data out of the APIs it is stuck in, clean, into Parquet, CSV or XLSX."""


for command in (
    init.init,
    check.check,
    sources.sources,
    export.export,
    replay.replay,
    get.get,
    get.find,
    normalise.normalise,
    map.map_,
    plan.plan,
    push.push,
    migrate.migrate,
    verify_undo.verify,
    verify_undo.undo,
    review.review,
    ledger.ledger,
    accounts.accounts,
    status.status,
    state.state,
    purge.purge,
    person.person,
    simulate.simulate,
    new_system.new_system,
    conformance.conformance,
    completion.completion,
):
    etl.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the exit code of README.md."""
    arguments = sys.argv[1:] if arguments is None else arguments
    _prepare_streams()
    as_json_lines = "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)
    set_up_logs("json" if as_json_lines else "text", quiet="--quiet" in arguments)
    code = _run(arguments, "--json" in arguments)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _unwritable(error, code)
    sys.exit(code)


def _run(arguments: list[str], as_json: bool) -> int:
    command = next((argument for argument in arguments if argument in etl.commands), None)
    try:
        _refuse_nul(arguments)
        result = etl.main(args=arguments, prog_name="etl", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except Quit as quit_:
        code = quit_.code if quit_.error is None else fail(quit_.error, as_json, code=quit_.code, command=command)
    except click.exceptions.Abort:
        code = fail(EtlError("Interrupted."), as_json, code=130, command=command)
    except click.exceptions.NoArgsIsHelpError as help_:
        say(help_.format_message())
        code = UsageError.exit_code
    except click.ClickException as error:
        hint = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "etl"
        code = fail(UsageError(error.format_message(), remedy=f"See {hint} --help."), as_json, command=command)
    except EtlError as error:
        code = fail(error, as_json, command=command)
    except SystemExit as done:  # click's way to end a completion, and to take a closed pipe
        code = InputOutputError.exit_code if done.code else 0
    except OSError as error:
        code = _unwritable(error, InputOutputError.exit_code)
    except Exception as error:  # the last resort: a bug of ours is told without the data it met
        code = fail(EtlError.bug(error), as_json, command=command)
    except BaseException as error:  # a panic of native code is no Exception
        if type(error).__name__ != "PanicException":
            raise
        code = fail(EtlError.bug(error), as_json, command=command)
    return code


def _refuse_nul(arguments: list[str]) -> None:
    """A shell cannot pass a NUL byte, but whoever calls `main` can."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if holds_nul(argument):
            name = before if before.startswith("--") else "An argument"
            raise UsageError(f"{name} holds a NUL byte, which no path and no name has.")


def _prepare_streams() -> None:
    """Replace closed output streams by the null device, and write UTF-8 to pipes whatever the locale."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # it lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123  # the same
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")


def _unwritable(error: OSError, code: int) -> int:
    """The exit code if our output cannot be written: silent if its reader went away, as `| head` does."""
    if not isinstance(error, BrokenPipeError):
        complain(f"An input/output error: {error.strerror or 'it failed'}.")
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # else the interpreter fails on it once more at its end
    return code or InputOutputError.exit_code

"""`etl`: the group of all commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import sys

import click

from etl import __version__
from etl.cli import check, export, get, normalise, replay, simulate, sources, status
from etl.cli.output import Quit, fail
from etl.errors import EtlError, UsageError

EPILOG = """\b
Exit codes:
  0    every row accounted for
  64   wrong usage
  65   done, but some rows were rejected
  69   the remote refused for good
  70   a bug of ours
  73   the output cannot be created
  74   an input/output error
  75   try again later: budget spent, outage, lock held
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
    check.check,
    sources.sources,
    export.export,
    replay.replay,
    get.get,
    get.find,
    normalise.normalise,
    status.status,
    simulate.simulate,
):
    etl.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with the exit code of README.md."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    try:
        result = etl.main(args=arguments, prog_name="etl", standalone_mode=False)
        code = result if isinstance(result, int) else 0
    except Quit as quit_:
        code = quit_.code
    except click.exceptions.Abort:
        code = fail(EtlError("Interrupted."), as_json, code=130)
    except click.ClickException as error:
        hint = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "etl"
        code = fail(UsageError(error.format_message(), remedy=f"See {hint} --help."), as_json)
    except EtlError as error:
        code = fail(error, as_json)
    except BrokenPipeError:
        sys.stderr.close()
        code = 74
    except Exception as error:  # the last resort: a bug of ours is told without the data it met
        code = fail(EtlError.bug(error), as_json)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    sys.exit(code)

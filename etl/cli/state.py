"""`etl state`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from etl.cli.output import common, print_json, print_table, say, set_up_logs


@click.group()
def state() -> None:
    """Mend the state folder."""


@state.command()
@common
def rebuild(config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Make state.db again from the landed pages, where it was lost, emptied or damaged, or is older than they are.

    Beside them stands which run, stream and shop they are of, how far each export came, and who vanished. What that
    does not prove counts as unfinished. The old file is kept beside the new one. Nothing is changed where state.db is
    whole and knows all that landed. Runs of which no page is kept, such as pushes, are missing in etl status if the
    old file cannot be read. What they sent stands in the ledger, and is not sent again.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.config import settings
    from etl.library.state import rebuild_state

    told = rebuild_state(settings.load(config, with_secrets=False))
    if as_json:
        print_json(told)
    elif not quiet:
        _tell(told)


def _tell(told: Mapping[str, Any]) -> None:
    if not told["rebuilt"]:
        say("complete: state.db is whole, and was left as it is")
        return
    print_table(
        "Known again",
        ("stream", "complete", "unfinished", "--since last goes on from"),
        [
            (one["name"], one["complete"], one["unfinished"], one["since"] or "nothing: it begins anew")
            for one in told["streams"]
        ],
        right=("complete", "unfinished"),
    )
    say(f"complete: state.db was made again from {told['pages']:,} landed pages")
    if told["lost"]:
        say(f"{told['lost']:,} exports cannot be relied on: some of their pages, or what told of them, is gone")
    if told["unnamed"]:
        say(
            f"{told['unnamed']:,} landed pages belong to none of them: an older release or a run that was killed left "
            "them; no replay can use them, and etl purge removes them"
        )
    if told["damaged"]:
        say(
            f"{told['damaged']:,} lines beside the landed pages are damaged, or were torn by a kill, and are not "
            "believed: of an export also what comes after such a line"
        )

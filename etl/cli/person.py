"""`etl person`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.consent import on_terminal, yes_option
from etl.cli.output import common, complain, print_json, print_table, say, set_up_logs
from etl.cli.packed_options import Decorator, packed
from etl.errors import UsageError

if TYPE_CHECKING:
    from etl.config.settings import Settings
    from etl.person.wanted import Asked
    from etl.runs.person import Told


@click.group()
def person() -> None:
    """Find one person in everything that is kept, write out what is held of them, or erase them; make test data.

    Who it is: an e-mail address, a phone number in any notation, or the key of a record. All records that carry it are
    the person's. Where the person is one of several in a record of somebody else, such as a company's, only the person
    is meant, and the record stays.
    """


WHOM: tuple[Decorator[Any], ...] = (
    click.option("--email", "emails", multiple=True, metavar="ADDRESS", help="In any case."),
    click.option("--phone", "phones", multiple=True, metavar="NUMBER", help="In any notation."),
    click.option("--key", "keys", multiple=True, metavar="ACCOUNT.STREAM:ID", help="A record, or ACCOUNT:ID."),
    click.option(
        "--out",
        "outs",
        type=click.Path(path_type=Path),
        multiple=True,
        default=("out",),
        show_default=True,
        help="An output folder, besides those of former runs.",
    ),
)


@dataclass(frozen=True)
class Whom:
    """Who the person is, and where to look besides the state folder."""

    emails: tuple[str, ...]
    phones: tuple[str, ...]
    keys: tuple[str, ...]
    outs: tuple[Path, ...]

    def asked(self, loaded: Settings) -> Asked:
        from etl.person.wanted import Asked
        from etl.runs.person import countries_of

        return Asked.of(self.emails, self.phones, self.keys, countries=countries_of(loaded))


def of_person(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `WHOM`, packed into its first argument."""
    return packed(command, Whom, WHOM)


@person.command()
@of_person
@common
def find(whom: Whom, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Count what is held, by place and file. Shows no values, and changes nothing."""
    set_up_logs(log_format, quiet=quiet)
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.runs.person import find_person

    loaded = settings.load(config, with_secrets=False)
    told = find_person(loaded, whom.asked(loaded), whom.outs, clock=SystemClock())
    _show(told, as_json=as_json, quiet=quiet)


@person.command()
@of_person
@common
def export(whom: Whom, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Write all that is held to DIR/persons: one JSON file, and one page to read. Only their owner may read them."""
    set_up_logs(log_format, quiet=quiet)
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.runs.person import export_person

    loaded = settings.load(config, with_secrets=False)
    told = export_person(loaded, whom.asked(loaded), whom.outs, clock=SystemClock())
    _show(told, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        say(f"Written: {', '.join(str(path) for path in told.files)}")


@person.command()
@of_person
@click.option("--dry-run", is_flag=True, help="Show what would be erased, and change nothing.")
@yes_option
@common
def erase(whom: Whom, dry_run: bool, yes: bool, config: Path, as_json: bool, quiet: bool, log_format: str) -> None:
    """Erase the person from pages, state, ledger and outputs, and leave them out from now on.

    Every other row stays as it is. What is left is a keyed hash: by it later exports, replays and pushes know the
    person, leave them out and say so, and nothing is sent to a target twice. Nothing changes at a source or target:
    have the person removed there as well. Killed on the way, the same command does the rest. A certificate of what was
    done where, without the person, is written to the state folder.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.clock import SystemClock
    from etl.config import settings
    from etl.runs.person import erase_person, find_person

    loaded = settings.load(config, with_secrets=False)
    if not dry_run and not yes:
        if not on_terminal():
            raise UsageError(
                "This erases what is held of a person, and there is no terminal to ask for consent.",
                remedy="Nothing was done. Say --yes to go on unasked, or --dry-run to see what it would do.",
            )
        _show(find_person(loaded, whom.asked(loaded), whom.outs, clock=SystemClock()), as_json=False, quiet=False)
        click.confirm("Erase all of it? It cannot be taken back.", abort=True, err=True)
    told = erase_person(loaded, whom.asked(loaded), whom.outs, clock=SystemClock(), dry_run=dry_run)
    _show(told, as_json=as_json, quiet=quiet)
    if not as_json and not quiet:
        if dry_run:
            say("dry run: nothing was changed.")
        else:
            say(f"complete: {told.found.total:,} things erased. Certificate: {told.files[0]}")
            say("Sources and targets still have the person: have them removed there as well.")


@person.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write; .csv, .xlsx or .parquet.")
@click.option(
    "--pseudonyms",
    "keyfile",
    type=click.Path(path_type=Path),
    required=True,
    metavar="KEYFILE",
    help="The key: with the same one, a person has the same pseudonym in every file.",
)
@common
def pseudonymise(
    file: Path, out: Path, keyfile: Path, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:
    """Write a table again with pseudonyms in place of people, for a test system.

    Columns are those of the contacts, contact_persons and phone_numbers tables, any of them. Ids, dates, kinds and
    codes stay; free texts, and columns that are not known, are emptied.
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.tables.pseudonyms import Pseudonyms, pseudonymise_file

    rows, emptied = pseudonymise_file(file, out, Pseudonyms.read(keyfile))
    if as_json:
        told = {"command": "person pseudonymise", "status": "complete", "exit_code": 0}
        print_json({**told, "written": rows, "emptied": emptied, "files": [str(out)]})
    elif not quiet:
        if emptied:
            say(f"Emptied, as they may tell who somebody is: {', '.join(emptied)}.")
        say(f"complete: {rows:,} rows written to {out}")


def _show(told: Told, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(told.as_dict())
    elif not quiet:
        _show_places(told.places)
        say(
            f"{told.found.total:,} things held: {told.found.records:,} records of the person's own, and "
            f"{told.found.inside:,} of others with them in it."
        )
        if told.found.several_names:
            complain(
                "The names of these records have nothing in common: people may share the address or number, and all of "
                "them are meant. Say --key ACCOUNT.STREAM:ID for one record alone."
            )
        if told.gone:
            complain(f"Not looked into, as they are not there: {', '.join(told.gone)}. Nothing was erased in them.")


def _show_places(places: Any) -> None:
    columns = ("place", "file", "what", "count")
    rows = [tuple(place[name] for name in columns) for place in places]
    if rows:
        print_table("", columns, rows, right=("count",))

"""Define the options of `etl push`, most of which `etl plan push` and `etl migrate` share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from etl.cli.choice import SuggestingChoice
from etl.cli.packed_options import Decorator, packed

if TYPE_CHECKING:
    from etl.push.push_order import Order
    from etl.tables.dialect import DialectName

MODES = ("create", "update", "upsert", "delete")
MATCHES = ("reference", "email", "postcode+number")
PATH = click.Path(path_type=Path)

TO = click.option("--to", "target", required=True, metavar="ACCOUNT.STREAM", help="Where the rows go.")
MATCH = click.option("--match", type=SuggestingChoice(MATCHES), help="How rows are found that no earlier push knows.")
REFERENCE = click.option(
    "--reference",
    type=SuggestingChoice(["own", "derived"]),
    default="own",
    show_default=True,
    help="The reference sent along: the row's own where it is unique, or one made of its key.",
)
IGNORE = click.option(
    "--ignore", multiple=True, metavar="COLUMN", help="Leave a column out; '*' for all that are not known."
)
LIMIT = click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
OUT = click.option("--out", type=PATH, default="out", show_default=True, help="Folder for results.")
DRY_RUN = click.option(
    "--dry-run", is_flag=True, help="Show what would be done, and how long it takes; write nothing there."
)
REBUILD = click.option(
    "--rebuild-ledger", "rebuild", is_flag=True, help="The ledger is lost: look rows up before they are sent."
)
CARE: tuple[Decorator[Any], ...] = (
    click.option(
        "--on-conflict",
        type=SuggestingChoice(["review", "ours", "theirs"]),
        default="review",
        show_default=True,
        help="Whose value holds where both sides changed a field; review leaves the row to you.",
    ),
    click.option("--clear-empty", is_flag=True, help="An empty cell empties the field; else it leaves it alone."),
    click.option("--recreate-missing", is_flag=True, help="A record that is gone from the target is made anew."),
    click.option(
        "--proof",
        type=SuggestingChoice(["answer", "read"]),
        help="What proves a write: the answer, or reading it back. Where left out: what suits the target.",
    ),
    click.option(
        "--strict", is_flag=True, help="Set rows with an invalid or doubtful value aside; else they are told."
    ),
    click.option("--stop-after-errors", metavar="N|N%", help="Stop when so many rows, or such a share, failed."),
)
"""The options for rows in doubt; `etl migrate` has these, too."""
ASKED: tuple[Decorator[Any], ...] = (
    click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE..."),
    TO,
    click.option(
        "--mode", type=SuggestingChoice(MODES), default="create", show_default=True, help="What is done with them."
    ),
    click.option("--map", "mapping", type=PATH, help="Which column is what: a map.toml."),
    click.option("--key", metavar="COLUMN", help="The column that tells rows apart; source_id where there is one."),
    click.option("--source", metavar="NAME", default="", help="Tells tables apart whose keys are the same numbers."),
    click.option(
        "--keys",
        type=SuggestingChoice(["exact", "repair"]),
        help="What a key is that only differs in spelling from a known one: another row, or the known one. Where left "
        "out: the row is set aside.",
    ),
    MATCH,
    click.option(
        "--with", "children", multiple=True, metavar="TABLE=FILE", help="A child table, such as contact_persons."
    ),
    click.option(
        "--sheet",
        "sheets",
        multiple=True,
        metavar="[TABLE=]NAME",
        help="The sheet of a workbook, or of a child table's; else the first that is not hidden.",
    ),
    IGNORE,
    REFERENCE,
    LIMIT,
    *CARE,
)
"""All options that say which rows go where, and how."""


@dataclass(frozen=True)
class Care:
    """The options for rows in doubt."""

    on_conflict: str
    clear_empty: bool
    recreate_missing: bool
    proof: str | None
    strict: bool
    stop_after_errors: str | None


@dataclass(frozen=True)
class PushArguments(Care):
    """The options for the rows and where they go."""

    files: tuple[Path, ...]
    target: str
    mode: str
    mapping: Path | None
    key: str | None
    source: str
    keys: str | None
    match: str | None
    children: tuple[str, ...]
    sheets: tuple[str, ...]
    ignore: tuple[str, ...]
    reference: str
    limit: int | None

    def order(self, *, out: Path, dry_run: bool, dialect: DialectName | None = None) -> Order:
        """The order for these options. Raises UsageError for an invalid `--with`."""
        from etl.push.push_order import Order

        said: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        del said["target"], said["sheets"]
        children = _children(self.children)
        sheet, child_sheets = _sheets(self.sheets, children)
        asked = {"out": out, "dry_run": dry_run, "dialect": dialect, "children": children}
        return Order(**{**said, **asked, "sheet": sheet, "child_sheets": child_sheets})


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `ASKED`, packed into its first argument."""
    return packed(command, PushArguments, ASKED)


def cares(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of `CARE`, packed into its first argument."""
    return packed(command, Care, CARE)


def _children(given: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for one in given:
        table, equals, path = one.partition("=")
        if not equals or not path:
            raise click.UsageError(f"--with {one}: write TABLE=FILE, such as contact_persons=persons.csv.")
        if table in found:
            raise click.UsageError(f"--with {one}: {table} is given twice.")
        found[table] = Path(path)
    return found


def _sheets(given: Sequence[str], children: Collection[str]) -> tuple[str | None, dict[str, str]]:
    """The sheet of the files themselves, and those of child tables: a name may have an equals sign in it."""
    own, of_children = list[str](), dict[str, str]()
    for one in given:
        table, equals, name = one.partition("=")
        if equals and table in children:
            of_children[table] = name
        else:
            own.append(one)
    if len(own) > 1:
        raise click.UsageError(f"--sheet {own[1]}: a sheet is named already; write TABLE=NAME for a child table's.")
    return (own[0] if own else None), of_children

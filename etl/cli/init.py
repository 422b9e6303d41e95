"""`etl init`."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from etl.cli.output import Quit, common, complain, print_json, say, set_up_logs, waits

if TYPE_CHECKING:
    from etl.library.init import AccountDraft
    from etl.runs.check import Checked
    from etl.systems.declare import Auth, System

REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:.+")

QUESTIONS = {
    "username": "User name",
    "password": "Password",
    "api_key": "API key",
    "client_id": "Client id",
    "client_secret": "Client secret",
    "refresh_token": "Refresh token",
}
OPEN = ("username", "client_id")


def _reference(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not REFERENCE.fullmatch(value):
        raise click.BadParameter(
            "write '${ENVIRONMENT_VARIABLE}' or file:PATH; a secret on a command line can be read by others.",
            param=option,
        )
    return value


@click.command()
@click.option("--account", metavar="NAME", help="What you call the account: file names are made of it.")
@click.option("--system", metavar="ID", help="Which system it is at; etl sources lists them.")
@click.option("--base-url", metavar="URL", help="Where its API is, such as https://api.example.nl.")
@click.option("--username", help="Its user name, or '${VARIABLE}' or file:PATH.")
@click.option("--password", callback=_reference, metavar="'${VARIABLE}'|file:PATH", help="Where its password is.")
@click.option("--api-key", callback=_reference, metavar="'${VARIABLE}'|file:PATH", help="Where its API key is.")
@click.option("--client-id", help="The id of your client, for OAuth, or '${VARIABLE}' or file:PATH.")
@click.option("--client-secret", callback=_reference, metavar="'${VARIABLE}'|file:PATH", help="Where its secret is.")
@click.option(
    "--refresh-token",
    callback=_reference,
    metavar="'${VARIABLE}'|file:PATH",
    help="Where the refresh token of its consent is.",
)
@click.option("--set", "own", multiple=True, metavar="KEY=VALUE", help="A key that only its system has.")
@click.option("--country", metavar="CODE", help="Country of records that name none and prove none, such as NL.")
@click.option("--timezone", metavar="ZONE", help="Of the API's times and of its day; default Europe/Amsterdam.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@click.option("--no-check", is_flag=True, help="Do not try the credentials.")
@waits
@common
def init(
    account: str | None,
    system: str | None,
    own: tuple[str, ...],
    force: bool,
    no_check: bool,
    wait: bool,
    config: Path,
    as_json: bool,
    quiet: bool,
    log_format: str,
    **keys: str | None,
) -> None:
    """Write a first etl.toml, and try it with one small call.

    Asks on a terminal for what no option tells. The file is for you alone (0600).
    """
    set_up_logs(log_format, quiet=quiet)
    from etl.errors import CannotCreate
    from etl.library.init import begin

    if config.exists() and not force:  # before anybody types a password
        raise CannotCreate(f"{config} is there already, and is left as it is.", remedy="Say --force to replace it.")
    given = {key: value for key, value in keys.items() if value}
    drafts = [_draft(config, account, system, given, own)]
    while _asks() and not given and click.confirm("Another account?", default=False, err=True):
        drafts.append(_draft(config, None, None, {}))
    begin(config, drafts, force=force)
    checked = [] if no_check else _check(config, wait=wait)
    _finish(config, drafts, checked, as_json=as_json, quiet=quiet)


def _draft(
    config: Path, account: str | None, system: str | None, given: dict[str, str], own: tuple[str, ...] = ()
) -> AccountDraft:
    from etl.errors import UsageError
    from etl.library.init import AccountDraft, check_draft
    from etl.systems import SYSTEMS

    system = system or _ask("--system", f"Which system ({', '.join(SYSTEMS)})")
    if system not in SYSTEMS:
        raise UsageError(f"There is no system {system!r}.", remedy=f"There are {', '.join(SYSTEMS)}.")
    account = account or _ask("--account", "What do you call the account", default=system)
    keys = {"base_url": given.get("base_url") or _ask("--base-url", "Where is its API (https://…)")}
    keys |= _credentials(SYSTEMS[system].auth, given)
    keys |= _own_keys(SYSTEMS[system], own)
    keys |= {key: given[key] for key in ("timezone", "country") if key in given}
    draft = AccountDraft(account, system, keys)
    check_draft(config, draft)
    return draft


def _own_keys(system: System, pairs: tuple[str, ...]) -> dict[str, str]:
    """The keys that only a system has, as they are given; those that it cannot do without are asked for."""
    told = {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs)}
    if odd := [key for key in told if key not in system.options]:
        known = f"it has {', '.join(system.options)}" if system.options else "it has none"
        raise click.BadParameter(f"{odd[0]!r} is no key that only {system.id} has; {known}.", param_hint="--set")
    asked = {
        key: _ask(f"--set {key}=…", key.replace("_", " ").capitalize()) for key in system.required if not told.get(key)
    }
    return told | asked


def _credentials(auth: tuple[Auth, ...], given: dict[str, str]) -> dict[str, str]:
    """The values of the first way that values are given for, else of the one by an API key, else of the first."""
    from etl.systems.declare import keys_of
    from etl.systems.declare.credentials import KEYS

    ways = sorted((keys_of(kind) for kind in auth), key=lambda keys: "api_key" not in keys)
    chosen = next((keys for keys in ways if given.keys() & set(keys)), ways[0])
    told = {key: given[key] for key in KEYS if key in given}
    return {key: told.get(key) or _ask_for(key) for key in chosen} | told


def _ask_for(key: str) -> str:
    question = QUESTIONS[key]
    if key in OPEN:
        return _ask(f"--{key.replace('_', '-')}", question)
    return _ask(f"--{key.replace('_', '-')}", f"{question} (or ${{VARIABLE}}, or file:PATH)", hide=True)


def _asks() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _ask(option: str, question: str, *, default: str | None = None, hide: bool = False) -> str:
    if not _asks():
        raise click.UsageError(f"Say {option}, or run it on a terminal to be asked.")
    return str(click.prompt(question, default=default, hide_input=hide, err=True))


def _check(config: Path, *, wait: bool) -> list[Checked]:
    from etl.cli import running
    from etl.config import settings
    from etl.runs.check import check_accounts

    return running.run(check_accounts(settings.load(config), [], wait=wait))


def _finish(config: Path, drafts: list[AccountDraft], checked: list[Checked], *, as_json: bool, quiet: bool) -> None:
    errors = [result.error for result in checked if result.error]
    code = errors[0].exit_code if errors else 0
    named = [] if config == Path("etl.toml") else ["--config", str(config)]
    following = shlex.join(["etl", "check" if errors else "export", *named, *([] if errors else ["--out", "out"])])
    for error in errors:
        complain(str(error))
    if as_json:
        told = {result.account: {"error": str(result.error) if result.error else None} for result in checked}
        accounts = {draft.name: told.get(draft.name, {"error": None}) for draft in drafts}
        status = {"command": "init", "status": "failed" if code else "complete", "exit_code": code}
        print_json({**status, "config": str(config), "accounts": accounts, "next": following})
    elif not quiet:
        for result in checked:
            if not result.error:
                say(f"{result.account}: {result.host} answers with {result.came}; {result.budget}.")
        say(f"{config} is written. " + ("Correct it, then type:" if errors else "Next, type:"))
        say(f"\n  {following}\n")
    raise Quit(code)

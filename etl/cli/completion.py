"""`etl completion`."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from etl.cli.output import common

VARIABLE = "_ETL_COMPLETE"
SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
@common
def completion(
    context: click.Context, shell: str, config: Path, as_json: bool, quiet: bool, log_format: str
) -> None:  # every command takes these
    """Print what makes a shell complete commands and options.

    \b
    bash:  etl completion bash > ~/.local/share/bash-completion/completions/etl
    zsh:   etl completion zsh > ~/.zfunc/_etl      (a folder of your fpath)
    fish:  etl completion fish > ~/.config/fish/completions/etl.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell
    click.echo(kind(context.find_root().command, {}, "etl", VARIABLE).source())

"""Pack the options that belong together into one argument of a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any

import click

Decorator = Callable[[click.decorators.FC], click.decorators.FC]


def packed(command: Callable[..., None], kind: type[Any], options: Sequence[Decorator[Any]]) -> Callable[..., None]:
    """Give a command these options, packed into its first argument: a dataclass `kind` with a field for each."""
    names = [field.name for field in fields(kind)]

    @wraps(command)
    def packing(**given: Any) -> None:
        command(kind(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(options):
        packing = option(packing)
    return packing

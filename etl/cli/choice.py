"""One of a few words; a wrong one is told with the nearest right one."""

from __future__ import annotations

import difflib

import click


class SuggestingChoice(click.Choice[str]):
    """As click's, and its message says which one may have been meant."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        near = difflib.get_close_matches(str(value).lower(), [str(choice) for choice in self.choices], 1)
        said = super().get_invalid_choice_message(value, ctx)
        return f"{said.rstrip('.')}. Did you mean {near[0]}?" if near else said

"""Offer a choice of words whose error suggests the nearest match."""

from __future__ import annotations

import difflib

import click


class SuggestingChoice(click.Choice[str]):
    """click's choice, with a suggestion in its error message."""

    def get_invalid_choice_message(self, value: object, ctx: click.Context | None) -> str:
        near = difflib.get_close_matches(str(value).lower(), [str(choice) for choice in self.choices], 1)
        said = super().get_invalid_choice_message(value, ctx)
        return f"{said.rstrip('.')}. Did you mean {near[0]}?" if near else said

"""The command line: the library's verbs, one file each. Only light modules are imported before a verb runs."""

from __future__ import annotations

from etl.cli.main import main

__all__ = ["main"]

from __future__ import annotations

from tests.cli.surface import HELP, SOURCES, help_of, sources
from tests.cli.test_help import commands

HELP.write_text(help_of(sorted(commands())), "utf-8")
SOURCES.write_text(sources(), "utf-8")

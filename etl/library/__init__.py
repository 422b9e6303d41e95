"""Call the verbs as plain functions: what the commands do, for a program, a notebook or a scheduler.

Each call takes the settings, or the path of an etl.toml, and returns the summary of its run: the JSON object that the
command ends with. It returns if the command would end with 0. Otherwise it raises the error of that exit code (see
`etl.errors`), and `summary_of` still returns the summary of the run. No state is kept between calls, so any number of
processes may make them; two at once on one stream are excluded by the stream's lock.
"""

from __future__ import annotations

from etl.library.accounts import settings_of, with_account
from etl.library.check import check_account
from etl.library.export import export_account
from etl.library.map import propose_map
from etl.library.migrate import migrate_account
from etl.library.outcome import summary_of
from etl.library.person import erase_person, export_person, find_person
from etl.library.push import push_rows
from etl.library.replay import replay_account
from etl.library.review import review_rows
from etl.library.state import rebuild_state
from etl.runs.stop import Stop

__all__ = [
    "Stop",
    "check_account",
    "erase_person",
    "export_account",
    "export_person",
    "find_person",
    "migrate_account",
    "propose_map",
    "push_rows",
    "rebuild_state",
    "replay_account",
    "review_rows",
    "settings_of",
    "summary_of",
    "with_account",
]

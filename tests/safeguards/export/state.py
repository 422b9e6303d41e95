"""What outlives a run is noticed where it was lost, and made again where it can be."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

LOST = "test_lost_state.py::test_"
FORGOT = "budget/test_redis_that_forgot.py::test_"
STATE = (
    Safeguard(
        "a journal that is gone beside landed pages is noticed",
        "etl/state/journal_file.py",
        "if not (there and path.stat().st_size) and not landing.is_empty():",
        "if False:",
        (f"{LOST}a_journal_that_was_lost_beside_landed_pages_is_named",),
        quick=True,
    ),
    Safeguard(
        "a journal that another folder would begin with is noticed",
        "etl/state/journal_file.py",
        "if not _knows_any(database) and not landing.is_empty() and not _knows_any(database):",
        "if False:",
        (f"{LOST}a_journal_that_was_lost_beside_landed_pages_ends_with_what_to_do",),
        only="fresh",
    ),
    Safeguard(
        "what a landed page is stands beside it",
        "etl/state/journal.py",
        "        self._manifests.land(extraction, entries, **moved)\n",
        "",
        ("state/test_rebuild.py::test_a_journal_that_was_made_again_knows_the_same",),
    ),
    Safeguard(
        "pages of an older release are named by the next export",
        "etl/runs/export.py",
        "                self.state.manifests.make_missing(account.name, stream.name)\n",
        "                pass\n",
        (f"{LOST}pages_of_an_older_release_are_named_by_the_next_export",),
    ),
    Safeguard(
        "a line that is torn or damaged ends what is believed of an export",
        "etl/state/manifests.py",
        'if not each.endswith(b"\\n") or check != b"%08x" % zlib.crc32(text):',
        "if False:",
        (f"{LOST}one_whose_end_is_not_proven_is_not_complete",),
    ),
    Safeguard(
        "changes upon an export that cannot be relied on are not complete",
        "etl/state/rebuild.py",
        "and not (one.base and complete.issuperset(one.base)):",
        "and False:",
        (f"{LOST}changes_that_rest_on_pages_which_are_gone_are_not_believed",),
    ),
    Safeguard(
        "a journal is not made again while a run uses it",
        "etl/runs/rebuild.py",
        'with hold(folder / "locks", busy | streams):',
        "if True:",
        (f"{LOST}it_is_not_made_again_while_a_run_uses_it",),
    ),
    Safeguard(
        "a journal that is whole is not made again",
        "etl/runs/rebuild.py",
        "return None if is_whole(folder) else rebuild",
        "return rebuild",
        (f"{LOST}a_journal_that_is_whole_is_left_as_it_is",),
    ),
    Safeguard(
        "a replay waits for no other run and writes beside none",
        "etl/runs/replay.py",
        'with hold(state.folder / "locks", [f"{account.name}.{stream.name}"]):',
        "if True:",
        ("runs/test_replay.py::test_a_replay_while_another_run_is_busy_with_the_stream_ends_with_75",),
    ),
    Safeguard(
        "damaged fingerprints are made again",
        "etl/tables/fingerprints.py",
        "except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError):",
        "except ZeroDivisionError:",
        ("test_deletions.py::test_fingerprints_that_are_gone_or_damaged_are_made_again_from_what_landed",),
    ),
    Safeguard(
        "a Redis server that forgot everything is noticed",
        "etl/budget/redis_store.py",
        "if self._known.mark not in (None, mark):",
        "if False:",
        (f"{FORGOT}what_was_forgotten_is_no_second_budget_until_the_day_has_ended",),
        only="flushed",
        quick=True,
    ),
    Safeguard(
        "nothing is called for a day after a Redis server forgot",
        "etl/budget/redis_store.py",
        "if now < forgot_at + DAY_S:",
        "if now < forgot_at:",
        (f"{FORGOT}what_was_forgotten_is_no_second_budget_until_the_day_has_ended",),
        only="restarted",
    ),
    Safeguard(
        "a budget that Redis evicted is no new one",
        "etl/budget/redis_store.py",
        "if not version and now < written_at + DAY_S:",
        "if False:",
        (f"{FORGOT}what_was_forgotten_is_no_second_budget_until_the_day_has_ended",),
        only="evicted",
    ),
    Safeguard(
        "a budget that was put back is not gone on with",
        "etl/budget/redis_store.py",
        "if version < seen and now < seen_at + KEPT_S:",
        "if False:",
        (f"{FORGOT}it_is_noticed_in_the_middle_of_a_run",),
        only="put_back",
    ),
    Safeguard(
        "a Redis server is asked again a bounded number of times",
        "etl/budget/redis_store.py",
        "await self._clock.sleep(pause_s)",
        "raise",
        (f"{FORGOT}a_server_that_stumbles_is_asked_again_and_not_for_ever",),
        only="cut",
    ),
    Safeguard(
        "what a killed run left unfinished is swept by any run",
        "etl/runs/workspace.py",
        "        landing.sweep()\n",
        "",
        ("runs/test_swept.py::test_the_body_of_a_killed_run_goes_and_that_of_a_living_one_stays",),
    ),
    Safeguard(
        "nothing of a living run is swept",
        "etl/state/files.py",
        'if owner is None or name not in (None, owner[2]) or Path(f"/proc/{owner[1]}").exists():',
        "if owner is None or name not in (None, owner[2]):",
        ("runs/test_swept.py::test_the_body_of_a_killed_run_goes_and_that_of_a_living_one_stays",),
    ),
)

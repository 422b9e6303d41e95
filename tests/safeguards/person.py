"""What is erased stays away, and an erasure is whole."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def erase(*tests: str) -> tuple[str, ...]:
    """Tests of erasing a person."""
    return tuple(f"person/test_erase.py::test_{test}" for test in tests)


PERSON = (
    Safeguard(
        "the tables of an export are made anew once erased people are out of its pages",
        "etl/runs/stream.py",
        "        if returned:\n",
        "        if False:\n",
        erase("the_next_export_leaves_them_out_and_says_that_the_source_still_has_them"),
        quick=True,
    ),
    Safeguard(
        "a replay does not bring erased people back",
        "etl/runs/replay.py",
        "for extraction in extractions:",
        "for extraction in extractions[:0]:",
        erase("a_replay_of_pages_from_a_backup_does_not_bring_them_back"),
    ),
    Safeguard(
        "the place of an erased record is no row",
        "etl/tables/build.py",
        "if erased.any():",
        "if False:",
        erase("a_changed_address_does_not_bring_the_record_back"),
    ),
    Safeguard(
        "an erased record is known by its key as well",
        "etl/person/sweep.py",
        "if not (emails or phones or ids):",
        "if not (emails or phones):",
        erase("a_changed_address_does_not_bring_the_record_back"),
    ),
    Safeguard(
        "pages of erased people that a killed export left are removed",
        "etl/person/sweep.py",
        "for file, _ in list(landing.files()) if alone else ():",
        "for file, _ in ():",
        ("person/test_sources.py::test_a_page_that_a_killed_export_left_unnamed_goes_with_the_next_one",),
    ),
    Safeguard(
        "a key is that of a shop, not of an account's name",
        "etl/person/tombstones.py",
        'prefix = hmac.new(self.key, f"record\\0{tenant}\\0{stream}\\0".encode(), sha256)',
        'prefix = hmac.new(self.key, f"record\\0\\0{stream}\\0".encode(), sha256)',
        ("person/test_sources.py::test_the_record_of_another_shop_with_the_same_number_is_somebody_else",),
    ),
    Safeguard(
        "an address across two pieces of a list is found",
        "etl/person/places/landed.py",
        "before = data[-OVERLAP:]",
        'before = b""',
        ("person/test_sources.py::test_an_address_that_stands_across_two_pieces_of_a_large_list_is_found",),
    ),
    Safeguard(
        "a push leaves erased people out",
        "etl/push/push.py",
        "    data = without_erased(data, setting.settings.state.dir)\n",
        "",
        erase("a_push_of_their_row_is_skipped_with_the_reason"),
        quick=True,
    ),
    Safeguard(
        "an erased person's record at a target is not compared into a file",
        "etl/push/verify.py",
        "if line.source.is_erased:",
        "if False:",
        erase("what_was_pushed_of_them_is_neither_compared_nor_taken_back_any_more"),
    ),
    Safeguard(
        "what is erased leaves the free pages of a database",
        "etl/person/places/ledger.py",
        "        self.files.ledger.compact()\n",
        "",
        erase("a_database_that_is_being_read_is_told_and_the_same_command_goes_on"),
    ),
    Safeguard(
        "a log that cannot be emptied is told",
        "etl/state/database.py",
        "if busy and whole:",
        "if False:",
        erase("a_database_that_is_being_read_is_told_and_the_same_command_goes_on"),
    ),
    Safeguard(
        "a row whose outcome is not known stops an erasure",
        "etl/person/erasing.py",
        "    LedgerRows(files).in_doubt(wanted)\n",
        "",
        erase(
            "a_row_whose_outcome_is_not_known_stops_an_erasure_before_it_begins",
            "a_dry_run_refuses_what_an_erasure_refuses",
        ),
    ),
    Safeguard(
        "an erasure waits for nothing that is being written",
        "etl/runs/person.py",
        'locks.enter_context(hold(settings.state.dir / "locks", names))',
        'locks.enter_context(hold(settings.state.dir / "locks", []))',
        erase("a_running_export_keeps_an_erasure_out"),
        quick=True,
    ),
    Safeguard(
        "an erasure that was killed knows what it had learnt",
        "etl/person/erasing.py",
        "before = _resumed(_plan(files, reference_of(tombstones, asked)), wanted)",
        "before = Counts()",
        ("person/test_kills.py::test_killed_again_and_again_it_ends_with_nothing_left_and_all_of_it_certified",),
    ),
    Safeguard(
        "a row that was rejected is erased with the line that its push keeps",
        "etl/person/places/outputs.py",
        "if place < len(aside):",
        "if False:",
        erase("a_person_in_three_accounts_and_forty_pages_is_gone_from_every_byte"),
    ),
    Safeguard(
        "a part of a foreign number is not taken for the person's",
        "etl/person/needles.py",
        "if read is not None:",
        "if False:",
        ("person/test_needles.py::test_nothing_else_is_taken_for_it",),
        quick=True,
    ),
    Safeguard(
        "what was set aside is not shown where people have pseudonyms",
        "etl/tables/build.py",
        "with_raw=plan.pseudonyms is None",
        "with_raw=True",
        (
            "person/test_pseudonyms.py::"
            "test_an_export_with_pseudonyms_holds_nobody_and_keeps_ids_and_what_belongs_together",
        ),
    ),
    Safeguard(
        "a key of pseudonyms is private",
        "etl/tables/pseudonyms.py",
        "if stat.S_IMODE(told.st_mode) & 0o077:",
        "if False:",
        ("person/test_pseudonyms.py::test_a_key_is_private_and_of_some_length",),
    ),
    Safeguard(
        "an erasure needs consent",
        "etl/cli/person.py",
        "if not dry_run and not yes:",
        "if False:",
        erase("without_a_terminal_an_erasure_needs_yes"),
    ),
    Safeguard(
        "persons in an object for a list are persons",
        "etl/person/judge.py",
        "if not isinstance(sent, dict):",
        "if True:",
        ("person/test_erase.py::test_a_person_in_an_object_for_a_list_is_erased_whole_and_the_others_stay",),
    ),
    Safeguard(
        "an output folder that is gone is told",
        "etl/runs/person.py",
        "gone=[out for out in folders if out not in there],",
        "gone=[],",
        erase("a_folder_that_is_gone_is_told_and_stands_in_the_certificate"),
    ),
    Safeguard(
        "who was erased is known in a folder that was away",
        "etl/person/places/table_rows.py",
        "(wanted.is_theirs(record) or wanted.was_erased(record))",
        "wanted.is_theirs(record)",
        erase("a_folder_that_is_gone_is_told_and_stands_in_the_certificate"),
    ),
    Safeguard(
        "a shop's erased people are known under each of its names",
        "etl/person/sweep.py",
        "for name in names:",
        'for name in (of.tenant or "",):',
        erase("who_was_erased_under_a_later_key_stays_away_when_it_is_said_to_be_the_same_shop"),
    ),
    Safeguard(
        "people who share an address are told apart",
        "etl/person/wanted.py",
        "return any(one.isdisjoint(other) for one, other in combinations(self.called, 2))",
        "return False",
        erase("people_who_share_an_address_are_all_meant_and_that_is_said"),
    ),
    Safeguard(
        "what a killed rebuild left is searched for people",
        "etl/person/places/ledger.py",
        '("*.db*.before-*", "*.db.rebuilt*")',
        '("*.db*.before-*",)',
        erase("a_journal_that_a_killed_rebuild_left_is_searched"),
    ),
)

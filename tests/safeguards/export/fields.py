"""What is typed is read as meant, or flagged and kept."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

_TWICE = "normalise/test_twice.py::test"

FIELDS = (
    Safeguard(
        "a line and parts that contradict it are flagged",
        "etl/normalise/address_block.py",
        'self.notes.flag(f"{self.prefix}address.parts_mismatch", found["against"])',
        "pass",
        (f"{_TWICE}_a_line_and_parts_that_contradict_it_are_flagged_and_the_parts_kept",),
        quick=True,
    ),
    Safeguard(
        "a workbook's times are the instants that were written",
        "etl/tables/normalise_file.py",
        'with_zone(_with_known_names(table, headers, source), source, ("created_at", "modified_at"))',
        "_with_known_names(table, headers, source)",
        (f"{_TWICE}_a_time_stays_the_same_instant",),
        only="xlsx",
    ),
    Safeguard(
        "what a column could not take is put back before a file is normalised again",
        "etl/tables/normalised_again.py",
        "frame = restored(frame, extra, flags)",
        "pass",
        (f"{_TWICE}_a_flag_stays_where_another_cell_of_its_row_was_edited",),
    ),
    Safeguard(
        "a row that nobody touched since it was normalised stays as it is",
        "etl/tables/normalise_file.py",
        "done = with_untouched(read(prepared), prepared, lambda typed: read(prepare(typed)))",
        "done = read(prepared)",
        (f"{_TWICE}_a_row_that_once_came_out_otherwise_comes_out_the_same",),
        only="parquet",
    ),
    Safeguard(
        "a row counts as untouched only where the whole row is what normalising makes of it",
        "etl/tables/untouched.py",
        ".filter(_as_it_came(prepared, of, again, done[of]))",
        "",
        (f"{_TWICE}_a_number_that_was_typed_anew_beside_its_original_is_the_number",),
    ),
    Safeguard(
        "only what an address rule is called counts as made before",
        "etl/tables/normalised_again.py",
        """rf"^(?:{'|'.join(RULES)})$\"""",
        'r"^[a-z_]{3,19}$"',
        (f"{_TWICE}_a_word_that_no_rule_is_called_is_kept_beside_a_column_of_flags",),
        only="nvt",
    ),
    Safeguard(
        "a user's own text in a column of ours is kept",
        "etl/tables/normalised_again.py",
        'notes.keep("issues", as_typed(received, "issues"), ~ours)',
        "pass",
        (f"{_TWICE}_every_value_of_ones_own_columns_is_kept_and_stays",),
        only="issues",
    ),
    Safeguard(
        "letters are no figures of a phone number",
        "etl/normalise/phone_text.py",
        "if _KEYPAD.match(text):",
        "if True:",
        ("normalise/test_phone.py::test_letters_are_no_figures_of_a_number",),
    ),
    Safeguard(
        "a second number in a cell is flagged",
        "etl/normalise/contacts.py",
        'self.notes.flag("fax.several" if name == "fax" else "phone.several", several)',
        "pass",
        ("normalise/test_contacts.py::test_a_second_number_in_a_cell_is_flagged_and_kept",),
    ),
    Safeguard(
        "a date with two readings is flagged",
        "etl/normalise/contacts.py",
        'self._refuse(name, doubtful, f"{name}.ambiguous")',
        "pass",
        ("normalise/test_contacts.py::test_a_date_with_two_readings_is_flagged_and_kept",),
    ),
    Safeguard(
        "two figures in `1-7-23` are no year",
        "etl/normalise/times.py",
        "text = pl.when(text.str.contains(_FOUR_FIGURES)).then(text)",
        "text = pl.when(True).then(text)",
        ("normalise/test_contacts.py::test_two_figures_are_no_year",),
    ),
    Safeguard(
        "a number without a street is flagged",
        "etl/normalise/address/line.py",
        'return done.with_columns(flagged(flag.NO_STREET, pl.col("street").is_null()))',
        "return done",
        ("normalise/test_address.py::test_every_line_of_a_kind_reads_as_its_truth",),
        only="only_number",
    ),
)

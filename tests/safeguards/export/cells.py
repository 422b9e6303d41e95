"""What a spreadsheet did to a cell becomes no value in silence."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

_VALUES = "normalise/test_spreadsheet_values.py::test"
_SHOWN = "test_shown_cells.py::test"

CELLS = (
    Safeguard(
        "a number loses the decimals that a spreadsheet gave it",
        "etl/normalise/own_table.py",
        "    own.mend_figures()\n",
        "",
        (f"{_VALUES}_a_number_loses_the_decimals_that_a_spreadsheet_gave_it",),
        quick=True,
    ),
    Safeguard(
        "a number whose figures are lost is none",
        "etl/normalise/own_table.py",
        "found |= no_value.lost_figures(text)",
        "pass",
        (f"{_VALUES}_a_number_whose_figures_are_lost_is_none",),
    ),
    Safeguard(
        "a date is no house number",
        "etl/normalise/own_table.py",
        "found |= no_value.meant_by_dates(text).is_not_null()",
        "pass",
        (f"{_VALUES}_a_date_is_no_house_number_and_what_it_was_is_suggested",),
    ),
    Safeguard(
        "a date as a spreadsheet counts it is doubtful",
        "etl/normalise/counted_dates.py",
        'notes.flag(f"{name}{COUNTED}", rows)',
        "pass",
        (f"{_VALUES}_a_number_that_is_a_date_as_a_spreadsheet_counts_is_doubtful_and_stays",),
    ),
    Safeguard(
        "a long number where long ones are in use is not doubted",
        "etl/normalise/counted_dates.py",
        "if (days.filter(~counted) >= _SMALL).any():",
        "if False:",
        (f"{_VALUES}_a_long_number_that_may_well_be_one_is_not_doubted",),
    ),
    Safeguard(
        "errors and words for nothing are no values",
        "etl/normalise/own_table.py",
        "found = no_value.stands_for_nothing(text)",
        "found = text == ''",
        (f"{_VALUES}_errors_and_words_for_nothing_are_no_values",),
    ),
    Safeguard(
        "a cell without a value is flagged",
        "etl/normalise/own_table.py",
        "self.notes.flag(flag, rows.filter(done[made].gather(rows).is_null()) if made in done.columns else rows)",
        "pass",
        (f"{_VALUES}_errors_and_words_for_nothing_are_no_values",),
    ),
    Safeguard(
        "the original of a cell without a value is kept",
        "etl/normalise/own_table.py",
        "            self._keep(name, rows)\n            self._set(name, rows.arg_true(), None)",
        "            self._set(name, rows.arg_true(), None)",
        (f"{_VALUES}_a_dash_where_there_need_not_be_anything_is_kept_and_not_doubtful",),
    ),
    Safeguard(
        "Namibia is not what is not available",
        "etl/normalise/own_table.py",
        "return here & found",
        "return here",
        (f"{_VALUES}_namibia_is_not_what_is_not_available",),
        only="country",
    ),
    Safeguard(
        "a date of two readings shows the other",
        "etl/normalise/contacts.py",
        "self.notes.suggest(name, times.other_readings(raw, timezone), doubtful)",
        "pass",
        (f"{_VALUES}_a_date_of_two_readings_is_flagged_with_the_other",),
        only="3/1/2023",
    ),
    Safeguard(
        "a push undoes what a spreadsheet did",
        "etl/push/input/read_file.py",
        "normalise_own(one, country",
        "__import__('etl.normalise.contacts', fromlist=['x']).normalise_contacts(one, country",
        ("push/test_push_spreadsheet_values.py::test_a_push_sends_no_word_for_nothing_and_no_lost_figure",),
    ),
    Safeguard(
        "a house number that was filled in is read",
        "etl/tables/restored.py",
        "frame = _without_line(frame, filled)",
        "pass",
        (f"{_VALUES}_a_house_number_that_was_filled_in_is_read",),
    ),
    Safeguard(
        "a number is read as its cell shows it",
        "etl/tables/shown_cells.py",
        "columns[cell.column - left][cell.row - top] = cell.shown",
        "pass",
        (f"{_SHOWN}_a_number_is_read_as_its_cell_shows_it",),
    ),
    Safeguard(
        "what a cell shows is put where its number was read",
        "etl/tables/shown_cells.py",
        "        return batch  # the table begins elsewhere\n",
        "        pass\n",
        (f"{_SHOWN}_numbers_that_stand_elsewhere_stay_as_they_are",),
    ),
)

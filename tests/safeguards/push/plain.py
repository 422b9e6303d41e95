"""Rows into a system of plain fields keep the promises that rows into every system have."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

_PLAIN = "test_plain_targets.py::test"

PLAIN = (
    Safeguard(
        "a field goes out in its object",
        "etl/push/dispatch/attempt.py",
        "None if body is None else session.target.wrap(body)",
        "body",
        (f"{_PLAIN}_every_row_is_created_once_though_answers_are_lost",),
        only="False",
        quick=True,
    ),
    Safeguard(
        "a PATCH has what changes and no more",
        "etl/push/dispatch/attempt.py",
        'if name.partition(".")[0] in within}',
        "if True}",
        (
            "push/test_push_moneybird.py::test_an_update_sends_what_changed_and_makes_no_second_person",
            f"{_PLAIN}_an_update_changes_what_the_row_says_and_nothing_else",
        ),
        quick=True,
    ),
    Safeguard(
        "a key that somebody has already is looked for before its row is rejected",
        "etl/systems/moneybird/read.py",
        '"exists" if exists else "refused"',
        '"refused"',
        ("push/test_push_moneybird.py::test_a_key_that_is_told_as_taken_is_looked_for_before_its_row_is_rejected",),
        quick=True,
    ),
    Safeguard(
        "a key that the server would make anew is never emptied",
        "etl/systems/moneybird/write.py",
        'frozenset({"customer_id", "country"})',
        'frozenset({"country"})',
        ("push/test_push_moneybird.py::test_a_reference_that_is_emptied_stays_and_the_row_says_so",),
    ),
    Safeguard(
        "a field is seen in its object",
        "etl/push/diff/diff.py",
        '    if "." in name:\n        return value_at(record, name)\n',
        "",
        (f"{_PLAIN}_every_row_is_created_once_though_answers_are_lost",),
        only="True",
        quick=True,
    ),
    Safeguard(
        "what was created is known again by its fields",
        "etl/systems/plain/write.py",
        "    return identity(flat(record), writable.who, phones=numbers)",
        '    return ("",)',
        (f"{_PLAIN}_every_row_is_created_once_though_answers_are_lost",),
        only="False",
    ),
    Safeguard(
        "a reference is sent along",
        "etl/systems/plain/write.py",
        "        given[writable.reference] = reference_to_send(row, drafting)",
        "        pass",
        (f"{_PLAIN}_every_row_is_created_once_though_answers_are_lost",),
        only="True",
    ),
    Safeguard(
        "a colleague's field in an object is kept where the whole record is sent",
        "etl/systems/plain/write.py",
        "    if not writable.whole:\n",
        "    if True:\n",
        (f"{_PLAIN}_an_update_changes_what_the_row_says_and_nothing_else",),
        only="PUT",
        quick=True,
    ),
    Safeguard(
        "of a part, what can be written is sent and nothing else",
        "etl/systems/plain/write.py",
        "    if not writable.whole:\n",
        "    if False:\n",
        (f"{_PLAIN}_an_update_changes_what_the_row_says_and_nothing_else",),
        only="PATCH",
    ),
    Safeguard(
        "a field that only the server writes is not sent back",
        "etl/systems/plain/write.py",
        "read_only=(writable.known - writable.fields.keys()) | writable.fixed)",
        "read_only=writable.fixed)",
        (f"{_PLAIN}_an_update_changes_what_the_row_says_and_nothing_else",),
        only="PUT",
    ),
    Safeguard(
        "a field in an object is emptied",
        "etl/systems/shared/emptying.py",
        "            if name and wire not in found:",
        "            if name:",
        (f"{_PLAIN}_an_empty_cell_empties_its_field_in_an_object",),
    ),
    Safeguard(
        "what a field's own function does not write is told",
        "etl/systems/plain/write.py",
        '    found |= {f"contacts.{column}" for column in unsent if text(values.get(column))}',
        "    found |= set[str]()",
        (f"{_PLAIN}_what_a_target_cannot_store_is_told",),
    ),
    Safeguard(
        "a row that nothing would tell from others is set aside",
        "etl/systems/plain/write.py",
        "    if not drafting.partial and all(blank(given.get(path)) for path in writable.who):",
        "    if False:",
        (f"{_PLAIN}_what_a_target_cannot_store_is_told",),
    ),
    Safeguard(
        "what is never to be sent again is not",
        "etl/push/reconcile/reconcile.py",
        "        if isinstance(self._session.target.lookup, Never):",
        "        if False:",
        (f"{_PLAIN}_what_is_never_to_be_sent_again_is_left_to_people",),
        quick=True,
    ),
    Safeguard(
        "a value that no column of its own system took is told",
        "etl/systems/shared/extra_back.py",
        'name.partition(".")[0] in lists',
        '"." in name',
        (f"{_PLAIN}_a_value_that_no_column_of_its_own_system_took_is_told",),
    ),
    Safeguard(
        "targets in a module of their own follow from the fields, too",
        "etl/systems/targets.py",
        "completed_targets(system, _of_module(system.targets, system.id))",
        "_of_module(system.targets, system.id)",
        (f"{_PLAIN}_targets_in_a_module_of_their_own_follow_from_the_fields_too",),
    ),
)

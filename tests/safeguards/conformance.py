"""What `etl conformance` and `etl new-system` promise: a promise that is taken out of the program is noticed."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def promises(*tests: str) -> tuple[str, ...]:
    return tuple(f"conformance/test_promises.py::test_{test}" for test in tests)


def drafts(*tests: str) -> tuple[str, ...]:
    return tuple(f"conformance/test_new_system.py::test_{test}" for test in tests)


_OF_PAGES = promises("a_list_in_pages_of_any_way_holds_the_promises_of_pages")
_OF_PLAIN = promises("a_system_of_plain_fields_holds_every_promise")
_OF_OURS = promises("a_built_in_system_holds_every_promise")

CONFORMANCE = (
    Safeguard(
        "conformance: a list is read to its end",
        "etl/paginate/named.py",
        "        return {**asked, self._paging.parameter: str(token)}",
        "        return None",
        _OF_PAGES,
        only="token and rows",
    ),
    Safeguard(
        "conformance: what landed is not asked for again",
        "etl/runs/stream.py",
        "        if found is not None:\n            journal.adopt",
        "        if False and found is not None:\n            journal.adopt",
        _OF_PAGES,
        only="token and rows",
        quick=True,
    ),
    Safeguard(
        "conformance: a list holds as many rows as it says",
        "etl/paginate/told.py",
        "    if held < said:",
        "    if False:",
        _OF_PAGES,
        only="token and rows",
    ),
    Safeguard(
        "conformance: a server that stands still is refused",
        "etl/paginate/told.py",
        "        if shown in self._seen:",
        "        if False:",
        _OF_PAGES,
        only="number and header",
    ),
    Safeguard(
        "conformance: an empty page with a next one is refused",
        "etl/paginate/named.py",
        "            if not page.received:\n                raise InvalidPaging(EMPTY)",
        "            pass",
        _OF_PAGES,
        only="token and not rows and not whether",
    ),
    Safeguard(
        "conformance: a page holds as many records as it says",
        "etl/paginate/check.py",
        "        if said is not None and str(said) != str(received):",
        "        if False:",
        _OF_OURS,
        only="cyclesoftware",
    ),
    Safeguard(
        "conformance: what changed is fetched alone",
        "etl/paginate/request.py",
        "**({stream.since: since} if since and stream.since else {})",
        "**{}",
        _OF_OURS,
        only="cyclesoftware",
    ),
    Safeguard(
        "conformance: a 429 is waited out",
        "etl/http/judge.py",
        'if status == 429 or (refusal and refusal.kind == "throttled"):',
        'if refusal and refusal.kind == "throttled":',
        _OF_PLAIN,
        only="club",
    ),
    Safeguard(
        "conformance: a 503 is waited out",
        "etl/http/judge.py",
        "if status in REPEATABLE or",
        "if",
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: refused credentials end the run",
        "etl/http/judge.py",
        'if status in (401, 403) or (refusal and refusal.kind == "credentials"):',
        "if False:",
        _OF_PLAIN,
        only="finder",
        quick=True,
    ),
    Safeguard(
        "conformance: a key that the server shows is taken out",
        "etl/http/client.py",
        "return self._without_key(incoming, bounds, where) if self._without_key is not None else incoming",
        "return incoming",
        promises("each_way_of_taking_credentials_holds_the_promises_about_them"),
        only="query",
    ),
    Safeguard(
        "conformance: declared limits are kept",
        "etl/budget/limits.py",
        "    for limit in account.declaration.limits:",
        "    for limit in ():",
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: a trial that does not end is broken",
        "etl/conformance/run.py",
        "    async with asyncio.timeout(LONGEST_S):",
        "    async with asyncio.timeout(None):",
        promises("a_check_that_does_not_end_is_told_as_broken"),
    ),
    Safeguard(
        "conformance: a field that nobody declared is kept",
        "etl/systems/plain/read.py",
        '    found = [pl.col(f"{before}{UNKNOWN}")]',
        '    found = [pl.lit(None, dtype=pl.String()).alias(f"{before}{UNKNOWN}")]',
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: a record that is set aside is kept",
        "etl/tables/build.py",
        "                self._rejects.add(part.page, part.received_at, part.before, misfit)\n",
        "",
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: a replay has all that landed",
        "etl/runs/replay.py",
        "    rounds = [state.journal.pages(extraction.id) for extraction in extractions]",
        "    rounds = [state.journal.pages(extraction.id)[1:] for extraction in extractions]",
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: a single record is the one that was asked for",
        "etl/runs/lookup.py",
        "        path_of(account, stream.get, record_id),",
        '        path_of(account, stream.get, "1002"),',
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: a row becomes what it says",
        "etl/push/dispatch/attempt.py",
        "body is None else session.target.wrap(body)",
        "body is None else body",
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: what was sent before is known again",
        "etl/push/prepare/prepare.py",
        "self._ledger.entries_of(one.source for one in rows if not one.error)",
        "self._ledger.entries_of(one.source for one in rows if one.error)",
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: a page that landed is there",
        "etl/state/landing.py",
        "        self._held.append(data)\n",
        "",
        _OF_PLAIN,
        only="finder",
    ),
    Safeguard(
        "conformance: a create whose answer is lost is found",
        "etl/push/reconcile/search.py",
        "    if free:\n",
        "    if False:\n",
        _OF_PLAIN,
        only="office",
        quick=True,
    ),
    Safeguard(
        "conformance: a create that never arrived is found absent",
        "etl/push/reconcile/search.py",
        '    return Finding("absent")',
        '    return Finding("unclear", None, "Nobody knows.")',
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: a change whose answer is lost is seen",
        "etl/push/reconcile/reconcile.py",
        'return Finding("absent" if missing else "found", doubt.remote_id, record=record)',
        'return Finding("absent", doubt.remote_id, record=record)',
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: a refusal is told as one",
        "etl/http/send.py",
        "    if status >= 400 or refusal:",
        "    if refusal:",
        _OF_PLAIN,
        only="office",
    ),
    Safeguard(
        "conformance: nothing of a trial is in the user's own folder",
        "etl/conformance/place.py",
        '    os.environ["XDG_STATE_HOME"] = str(folder / "own")\n',
        "",
        _OF_OURS,
        only="invoicing",
    ),
    Safeguard(
        "conformance: the system of a trial stands in for the known one no longer than that",
        "etl/conformance/place.py",
        "            SYSTEMS.loaded[system.id] = known",
        "            pass",
        promises("a_trial_leaves_the_registry_and_the_logs_as_they_were"),
    ),
    Safeguard(
        "new-system: nothing is written over",
        "etl/new_system/write.py",
        "    if target.exists():",
        "    if False:",
        drafts("nothing_that_is_there_is_written_over"),
        quick=True,
    ),
    Safeguard(
        "new-system: a key has another value in each record",
        "etl/new_system/guess.py",
        "unique = [path for path in named if _is_unique(scalar[path], seen.rows)]",
        "unique = named",
        drafts("an_id_that_comes_twice_is_none"),
    ),
    Safeguard(
        "new-system: a name in a comment ends none",
        "etl/new_system/declaration.py",
        '''.replace('"""', "\'\'\'")''',
        "",
        drafts("a_name_that_would_end_a_text_of_the_file_ends_none"),
    ),
    Safeguard(
        "new-system: an object in one record and a value in another is any JSON",
        "etl/new_system/seen.py",
        "                del into.fields[inner]\n            into.fields[name].kind = ANY\n",
        "                pass\n",
        drafts("an_object_in_one_record_and_a_value_in_another_is_any_json"),
    ),
)

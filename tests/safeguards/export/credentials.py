"""Credentials of every kind: a refresh token is never lost without a word, and a key stands nowhere."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def tokens(*tests: str) -> tuple[str, ...]:
    return tuple(f"auth/test_tokens.py::test_{test}" for test in tests)


def keys(*tests: str) -> tuple[str, ...]:
    return tuple(f"auth/test_keys.py::test_{test}" for test in tests)


def declared(*tests: str) -> tuple[str, ...]:
    return tuple(f"auth/test_declared.py::test_{test}" for test in tests)


def several(*tests: str) -> tuple[str, ...]:
    return tuple(f"auth/test_several_keys.py::test_{test}" for test in tests)


LOST = tokens("a_lost_answer_to_a_refresh_is_not_repeated_and_told")
AHEAD_OF_TIME = tokens("a_token_refused_ahead_of_its_time_is_waited_for_before_consent_is_given_anew")
CLEANED = keys("a_key_in_the_query_is_sent_with_every_page_and_stands_nowhere")
UNSOUND = declared("what_cannot_work_beside_the_rest_is_refused")

CREDENTIALS = (
    Safeguard(
        "a refresh is noted before it is sent",
        "etl/http/access_tokens.py",
        "            self._file.write(replace(kept, sent_at=asked_at))\n",
        "            pass\n",
        LOST,
        quick=True,
    ),
    Safeguard(
        "a refresh whose answer is lost is not repeated in the same run",
        "etl/http/access_tokens.py",
        "if not isinstance(answer, NotSent) and (self._rotates or not isinstance(answer, Lost)):",
        "if not isinstance(answer, NotSent | Lost):",
        LOST,
        quick=True,
    ),
    Safeguard(
        "nor by the next request of that run",
        "etl/http/access_tokens.py",
        "        if self._rotates and isinstance(answer, Lost):\n            self._failed = error\n",
        "        if self._rotates and isinstance(answer, Lost):\n            pass\n",
        tokens("a_lost_answer_is_told_to_every_request_of_the_run"),
    ),
    Safeguard(
        "a refresh that surely used nothing up leaves no note",
        "etl/http/access_tokens.py",
        "            self._file.write(kept)  # nothing was used up; what was lost before stays lost\n",
        "            pass\n",
        tokens("a_request_that_did_not_reach_the_server_uses_nothing_up"),
    ),
    Safeguard(
        "a lost refresh token is told from one that is refused",
        "etl/http/access_tokens.py",
        "if sent_at is not None and code not in OF_THE_CLIENT:",
        "if False:",
        LOST,
    ),
    Safeguard(
        "where a token was refused ahead of its time, the run comes back when that is over",
        "etl/http/access_tokens.py",
        "                    resume_at = max(resume_at, over_at)\n",
        "                    pass\n",
        AHEAD_OF_TIME,
    ),
    Safeguard(
        "and consent is not asked for before that is tried",
        "etl/http/access_tokens.py",
        'remedy=f"{_first(over_at)}Check these. {anew}"',
        'remedy=f"Check these. {anew}"',
        AHEAD_OF_TIME,
    ),
    Safeguard(
        "a refresh that is under way is never broken off",
        "etl/http/access_tokens.py",
        "await asyncio.shield(self._fetching)",
        "await self._fetching",
        tokens("a_run_that_is_stopped_keeps_what_a_refresh_brings"),
    ),
    Safeguard(
        "nor is it left behind when the connections are closed",
        "etl/http/client.py",
        "        await client.close()\n",
        "",
        tokens("a_run_that_is_stopped_keeps_what_a_refresh_brings"),
    ),
    Safeguard(
        "a refusal that is not of the token is not taken for its loss",
        "etl/http/access_tokens.py",
        "and code not in OF_THE_CLIENT:",
        "and True:",
        tokens("a_refusal_that_is_not_of_the_token_is_not_taken_for_its_loss"),
    ),
    Safeguard(
        "a token is asked for on a connection of its own",
        "etl/http/token_endpoint.py",
        "aiohttp.TCPConnector(force_close=True, ",
        "aiohttp.TCPConnector(",
        tokens("a_token_is_asked_for_on_a_connection_of_its_own"),
    ),
    Safeguard(
        "processes take turns at a credential",
        "etl/http/access_tokens.py",
        "        async with self._file.locked():\n",
        "        if True:\n",
        ("auth/test_processes.py::test_three_processes_at_once_make_one_refresh",),
    ),
    Safeguard(
        "what another process fetched is taken",
        "etl/http/access_tokens.py",
        "            if not self._is_good(kept):\n",
        "            if True:\n",
        tokens("an_export_fetches_one_token_and_the_next_run_takes_it_too"),
        quick=True,
    ),
    Safeguard(
        "new tokens are stored before they are used",
        "etl/http/access_tokens.py",
        "            self._file.write(tokens)\n",
        "            pass\n",
        tokens("an_export_fetches_one_token_and_the_next_run_takes_it_too"),
    ),
    Safeguard(
        "a token is renewed ahead of its expiry",
        "etl/http/access_tokens.py",
        "min(AHEAD_S, lasts_s / 2)",
        "min(0.0, lasts_s / 2)",
        tokens("a_token_is_renewed_ahead_of_its_expiry"),
    ),
    Safeguard(
        "a token that is refused is renewed",
        "etl/http/client.py",
        "if once or not await self.renewed(answer):",
        "if True:",
        tokens("a_token_that_is_refused_is_renewed_once"),
    ),
    Safeguard(
        "one that came by a refusal is not renewed for another",
        "etl/http/access_tokens.py",
        "        if used == self._by_refusal:\n            return False\n",
        "",
        tokens("a_server_that_refuses_every_token_is_asked_for_two"),
    ),
    Safeguard(
        "a write whose token is refused goes out again with another",
        "etl/http/send.py",
        "        if await client.renewed(answer):\n",
        "        if False:\n",
        tokens("a_write_whose_token_is_refused_goes_out_once_with_another"),
    ),
    Safeguard(
        "a file of tokens that others may use is refused",
        "etl/state/token_file.py",
        "        if mode & 0o077:\n",
        "        if False:\n",
        tokens("tokens_that_others_may_use_or_that_are_damaged_are_not_used"),
    ),
    Safeguard(
        "access tokens are secrets",
        "etl/http/access_tokens.py",
        "        learn(answer.access)\n",
        "",
        keys("tokens_that_are_fetched_are_secrets_too"),
    ),
    Safeguard(
        "so are refresh tokens that are fetched",
        "etl/http/access_tokens.py",
        '            for secret in (kept.refresh, kept.access):\n                learn(secret or "")\n',
        "",
        keys("tokens_that_are_fetched_are_secrets_too"),
    ),
    Safeguard(
        "a key in the query is taken out of what the server answers",
        "etl/http/client.py",
        "return self._without_key(incoming, bounds, where) if self._without_key is not None else incoming",
        "return incoming",
        CLEANED,
        quick=True,
    ),
    Safeguard(
        "the address of the next page is followed without the key",
        "etl/paginate/named.py",
        "for name, value in query if GONE not in value}",
        "for name, value in query}",
        keys("the_journal_has_the_next_page_without_the_key"),
    ),
    Safeguard(
        "a key that is cut by the pieces of a body is found",
        "etl/http/without_key.py",
        "len(kept) - self._longest + 1",
        "len(kept)",
        keys("a_key_that_comes_in_two_pieces_is_found"),
    ),
    Safeguard(
        "a short key is one behind its name alone",
        "etl/http/without_key.py",
        "short = {self._before + form for",
        "short = {form for",
        keys("a_short_key_is_taken_out_behind_its_name_alone"),
    ),
    Safeguard(
        "two ways that take the same keys are refused",
        "etl/systems/check_auth.py",
        "        if keys_of(one) == keys_of(other):\n",
        "        if False:\n",
        UNSOUND,
    ),
    Safeguard(
        "a key in the query is no parameter of a stream",
        "etl/systems/check_auth.py",
        "                if kind.name in _sent(system, stream):\n",
        "                if False:\n",
        UNSOUND,
    ),
    Safeguard(
        "a header that we set carries no key",
        "etl/systems/declare/credentials.py",
        "        if self.name.lower() in SET_BY_US:\n",
        "        if False:\n",
        declared("what_cannot_work_is_refused_where_it_is_made"),
    ),
    Safeguard(
        "a token comes from https only",
        "etl/systems/declare/credentials.py",
        "    if not SAFE_URL.fullmatch(token_url):\n",
        "    if False:\n",
        declared("what_cannot_work_is_refused_where_it_is_made"),
    ),
    Safeguard(
        "a value that the system does not take is told",
        "etl/config/credential.py",
        "        if key in _given(account) - taken:\n",
        "        if False:\n",
        declared("values_that_fit_no_way_are_told_with_their_key"),
    ),
    Safeguard(
        "an identity outlives every rotation",
        "etl/config/credential.py",
        'if key != "client_secret"]',
        "]",
        declared("an_identity_outlives_every_rotation_and_a_new_client_secret"),
    ),
    Safeguard(
        "calls go to the key with most of them left",
        "etl/budget/keyring.py",
        "return sorted(range(len(self._budgets)), key=left)",
        "return list(range(len(self._budgets)))",
        several("calls_go_to_the_key_with_most_left"),
    ),
    Safeguard(
        "a call goes out with the key whose budget it is counted in",
        "etl/http/credential.py",
        "self._static[slot.of]",
        "self._static[0]",
        several("no_key_has_more_calls_than_its_own"),
        quick=True,
    ),
    Safeguard(
        "a run parks when all keys are spent, not the first",
        "etl/budget/keyring.py",
        "                        continue\n",
        "                        raise\n",
        several("one_that_another_project_spent_is_passed_over"),
    ),
    Safeguard(
        "each of several keys is a secret",
        "etl/config/learnt.py",
        "        learn(_text(one))\n",
        "        pass\n",
        several("every_key_is_a_secret"),
    ),
)

"""Credentials stay with their owner: in their files, on the network, and in what is told."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

SECRETS = (
    Safeguard(
        "a file of a secret is for its owner only",
        "etl/config/secret.py",
        "if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o077:",
        "if False:",
        ("test_settings.py::test_a_file_of_a_secret_that_others_may_use_is_refused",),
        quick=True,
    ),
    Safeguard(
        "a file that a user names is a regular one",
        "etl/regular_file.py",
        "if not stat.S_ISREG(status.st_mode):",
        "if False:",
        ("test_settings.py::test_a_file_of_a_secret_is_a_small_regular_one",),
    ),
    Safeguard(
        "a file that a user names has a size",
        "etl/regular_file.py",
        "if status.st_size > most_bytes:",
        "if False:",
        ("test_settings.py::test_a_file_of_a_secret_is_a_small_regular_one",),
    ),
    Safeguard(
        "the environment's certificates are not trusted by themselves",
        "etl/http/connector.py",
        "if trust_env else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
        "if True else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
        ("http/test_surroundings.py::test_the_keys_of_a_trusted_server_are_not_logged_for_the_environment",),
    ),
    Safeguard(
        "an account that trusts the environment shares no connections with others",
        "etl/http/client.py",
        "or account.trust_env",
        "",
        (
            "http/test_surroundings.py::"
            "test_the_environments_certificates_and_key_log_are_used_where_it_is_trusted_only",
        ),
    ),
    Safeguard(
        "true is no number",
        "etl/config/section.py",
        "if isinstance(value, bool) and",
        "if False and",
        ("test_settings.py::test_what_is_wrong_is_told_with_its_key",),
        quick=True,
    ),
    Safeguard(
        "a state folder that others may use is told",
        "etl/runs/workspace.py",
        "    warn_of_rights(settings)\n    database",
        "    database",
        ("runs/test_rights.py",),
    ),
    Safeguard(
        "a configuration's secrets are known to what is told",
        "etl/config/settings.py",
        'learn(str(found), user=user or "")',
        "pass",
        ("test_scrub.py::test_a_secret_is_taken_out_in_every_form",),
        quick=True,
    ),
    Safeguard(
        "an error tells no secret",
        "etl/errors.py",
        "self.message = scrubbed(message)",
        "self.message = message",
        ("test_scrub.py::test_errors_and_log_lines_pass_it",),
        quick=True,
    ),
    Safeguard(
        "a log line tells no secret",
        "etl/scrub.py",
        'logging.getLogger("etl").addFilter(_scrub_record)',
        "",
        ("test_scrub.py::test_errors_and_log_lines_pass_it",),
        quick=True,
    ),
    Safeguard(
        "a secret in Base64 is a secret",
        "etl/scrub.py",
        "            text = _without_base64(text, at, at + len(core))\n",
        "            break\n",
        ("test_canary.py::test_no_secret_is_in_anything_that_was_told",),
    ),
    Safeguard(
        "a vendor's message tells nothing of the row that was sent",
        "etl/http/send.py",
        "said = readable(raw, sending.texts())",
        "said = readable(raw)",
        ("test_canary.py::test_people_are_only_in_the_files_that_are_for_them",),
    ),
)

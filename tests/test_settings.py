"""etl.toml: what is wrong is told before any call, with its key and what to do about it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.budget import window_limits
from etl.config import settings
from etl.errors import ConfigurationError
from tests.support.scripted import Answer, Server
from tests.support.workplace import BIKES, BOOKS, PARK, Project

SECRET = "hunter2-s3cr3t"


def wrong(project: Project, text: str, mode: int = 0o600) -> str:
    """What is told about a configuration that is not accepted."""
    project.configure(text, mode=mode)
    with pytest.raises(ConfigurationError) as refused:
        project.settings()
    assert refused.value.exit_code == 78
    told = str(refused.value)
    assert str(project.config) in told
    assert SECRET not in told + repr(refused.value) + repr(refused.value.__cause__)
    return told


def bikes(*lines: str, without: str = "") -> str:
    """An account with more lines, or without one."""
    kept = [line for line in BIKES.splitlines() if not without or not line.startswith(without)]
    return "\n".join([*kept, *lines, ""])


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        (bikes('pasword = "x"'), "accounts.bikes.pasword", "Did you mean password?"),
        (bikes('time_zone = "UTC"'), "accounts.bikes.time_zone", "Did you mean timezone?"),
        (bikes("depth = 1"), "accounts.bikes.depth", "not a known key"),
        (
            bikes("[accounts.bikes.budget]", "per_minut = 3"),
            "accounts.bikes.budget.per_minut",
            "Did you mean per_minute?",
        ),
        ("[acounts.bikes]\n", "acounts", "Did you mean accounts?"),
        (bikes("[state]", 'folder = "x"'), "state.folder", "Known are"),
        (bikes("zzz = 1"), "accounts.bikes.zzz", "Known are"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_known_one(text: str, key: str, remedy: str, project: Project) -> None:
    told = wrong(project, text)
    assert key in told and remedy in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (bikes(without="system"), "accounts.bikes.system: is missing"),
        (bikes(without="base_url"), "accounts.bikes.base_url: is missing"),
        (bikes(without="username"), "username and password must be set"),
        (PARK.replace('api_key = "s3cr3t-key"', ""), "api_key, or username and password"),
        (bikes('system = "bikeshop"', without="system"), "'bikeshop' is not a system; there are cyclesoftware"),
        (bikes("system = [1]", without="system"), "accounts.bikes.system"),
        (bikes('timezone = "Amsterdam"'), "one is Europe/Amsterdam"),
        (bikes('timezone = "../../etc/passwd"'), "not a time zone"),
        (bikes('country = "Nederland"'), "accounts.bikes.country"),
        (bikes('proxy = "squid"'), "accounts.bikes.proxy"),
        (bikes("settle_s = 0"), "accounts.bikes.settle_s"),
        (bikes("max_wait_s = -1"), "accounts.bikes.max_wait_s"),
        (bikes('trust_env = "maybe"'), "accounts.bikes.trust_env"),
        (bikes("[accounts.bikes.budget]", "per_minute = 0"), "accounts.bikes.budget.per_minute"),
        (bikes("[accounts.bikes.budget]", "per_day = -5"), "accounts.bikes.budget.per_day"),
        (bikes("[accounts.bikes.budget]", "reserve_per_day = -1"), "accounts.bikes.budget.reserve_per_day"),
        (bikes("[accounts.bikes.budget]", "per_minute = true"), "budget.per_minute: must be a number"),
        (bikes("[accounts.bikes.budget]", "per_day = false"), "budget.per_day: must be a number"),
        (bikes("[accounts.bikes.budget]", "reserve_per_day = true"), "budget.reserve_per_day: must be a number"),
        (bikes("[accounts.bikes.budget]", f"per_minute = {10**20}"), "accounts.bikes.budget.per_minute"),
        (bikes("[accounts.bikes.budget]", f"per_day = {10**20}"), "accounts.bikes.budget.per_day"),
        (bikes("settle_s = true"), "accounts.bikes.settle_s: must be a number"),
        (bikes("settle_s = 1e300"), "accounts.bikes.settle_s"),
        (bikes("max_wait_s = false"), "accounts.bikes.max_wait_s: must be a number"),
        (bikes("[state]", "keep_days = true"), "state.keep_days: must be a number"),
        (bikes("[state]", f"keep_days = {10**20}"), "state.keep_days"),
        (BOOKS + "depth = true\n", "accounts.books.options: depth must be a number or text"),
        (bikes("[accounts.bikes.budget]", "reserve_per_day = 15000"), "reserve_per_day (15000) leaves nothing"),
        (
            bikes("[accounts.bikes.budget]", "per_minute = 5", "reserve_per_minute = 6"),
            "leaves nothing of per_minute (5)",
        ),
        (bikes("[state]", "keep_days = -1"), "state.keep_days"),
        ("[accounts]\n", "has no accounts"),
        ("", "has no accounts"),
        ("accounts = 5\n", "has no accounts"),
        ("[accounts]\nbikes = 5\n", "must be a table"),
        ("state = 5\n" + BIKES, "must be a table"),
        ("[accounts.bikes\n", "not valid TOML"),
        ("[accounts.bikes]\nsystem = 'a'\nsystem = 'b'\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(text: str, says: str, project: Project) -> None:
    assert says in wrong(project, text)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.nl",
        "http://127.0.0.1.example.nl",
        "http://localhost.example.nl",
        "http://10.0.0.1",
        "ftp://example.nl",
        "example.nl",
        "https://",
        "https://user:hunter2-s3cr3t@example.nl",
        "https://example.nl/?key=hunter2-s3cr3t",
        "https://[::1",
        "https://example.nl:port",
    ],
)
def test_a_base_url_that_would_give_the_credentials_away_is_refused(url: str, project: Project) -> None:
    assert "accounts.bikes.base_url" in wrong(project, bikes(f'base_url = "{url}"', without="base_url"))


@pytest.mark.parametrize(
    "url", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000", "https://a.nl/"]
)
def test_https_anywhere_and_http_on_this_machine_are_fine(url: str, project: Project) -> None:
    project.configure(bikes(f'base_url = "{url}"', without="base_url"))
    assert project.settings().accounts["bikes"].base_url == url.rstrip("/")


@pytest.mark.parametrize("name", ["../x", "a/b", "a.b", "", " ", "-x", "_x", "x" * 65, "é", "a\\nb", ".", ".."])
def test_an_account_name_is_never_a_path(name: str, project: Project) -> None:
    told = wrong(project, BIKES.replace("accounts.bikes", f'accounts."{name}"'))
    assert "is not an account name" in told and len(told) < 500


def test_an_account_name_of_64_letters_is_fine(project: Project) -> None:
    name = "a" * 64
    assert list(project.configure(BIKES.replace("bikes", name)).settings().accounts) == [name]


# -- secrets ------------------------------------------------------------------------------------------


def with_password(value: str) -> str:
    return bikes(f'password = "{value}"', without="password")


def write_private(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text)
    file.chmod(mode)


def test_a_missing_environment_variable_is_named_with_how_to_set_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    told = wrong(project, with_password("${NO_SUCH_SECRET}"))
    assert "accounts.bikes.password" in told and "export NO_SUCH_SECRET=" in told


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_secret_written_out_where_others_may_read_it_is_refused(mode: int, project: Project) -> None:
    told = wrong(project, with_password(SECRET), mode)
    assert "chmod 600" in told


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "is empty"),
        ("x${HOME}", "mixes"),
        ("file:nowhere", "cannot be read"),
        (r"a\nX-Injected: 1", "control character"),
        (r"a\u0000", "control character"),
    ],
)
def test_a_secret_that_cannot_be_one_is_refused(value: str, says: str, project: Project) -> None:
    assert says in wrong(project, with_password(value))


def test_a_username_with_a_colon_is_refused(project: Project) -> None:
    assert "accounts.bikes.username" in wrong(project, bikes('username = "a:b"', without="username"))


def test_a_secret_comes_from_the_environment_or_a_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", SECRET)
    write_private(project.folder / "secret.txt", f"{SECRET}\n")
    for value in ("${A_SECRET}", "file:secret.txt", f"file:{project.folder}/secret.txt"):
        account = (
            project.configure(
                with_password(value),
            )
            .settings()
            .accounts["bikes"]
        )
        assert account.password is not None and account.password.get_secret_value() == SECRET
        assert SECRET not in repr(account) + str(account) + repr(project.settings())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_of_a_secret_that_others_may_use_is_refused(mode: int, project: Project) -> None:
    write_private(project.folder / "secret.txt", SECRET, mode)
    assert f"chmod 600 {project.folder / 'secret.txt'}" in wrong(project, with_password("file:secret.txt"))


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_a_secret_may_be_read_only_and_behind_a_link(mode: int, project: Project) -> None:
    write_private(project.folder / "secret.txt", SECRET, mode)
    project.folder.joinpath("link").symlink_to("secret.txt")
    account = project.configure(with_password("file:link")).settings().accounts["bikes"]
    assert account.password is not None and account.password.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda file: file.symlink_to("/dev/zero"), "is a device"),
        (lambda file: os.mkfifo(file, 0o600), "is a pipe"),
        (lambda file: file.mkdir(0o700), "is a folder"),
        (lambda file: write_private(file, "x" * (1 << 20)), "is larger than 64 kB"),
        (lambda file: write_private(file, " \n"), "is empty"),
    ],
    ids=["device", "pipe", "folder", "large", "empty"],
)
def test_a_file_of_a_secret_is_a_small_regular_one(made: Callable[[Path], None], says: str, project: Project) -> None:
    made(project.folder / "secret.txt")
    assert says in wrong(project, with_password("file:secret.txt"))


NUL, NOBODY = r"a\u0000b", "~no-such-user-here/x"


@pytest.mark.parametrize("path", [NUL, NOBODY])
@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("accounts.bikes.password", with_password("file:{path}")),
        ("accounts.bikes.ca_file", bikes('ca_file = "{path}"')),
        ("state.dir", bikes("[state]", 'dir = "{path}"')),
        ("state.budgets", bikes("[state]", 'budgets = "{path}"')),
    ],
)
def test_a_path_that_no_file_can_have_is_told_with_its_key(key: str, text: str, path: str, project: Project) -> None:
    ran = project.configure(text.replace("{path}", path)).cli("check", "--json")
    assert (ran.code, key in ran.err) == (78, True), ran.err


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("base_url", r"https://exa\u0000mple.nl"),
        ("base_url", r"https://example.nl/a\u0000b"),
        ("proxy", r"http://pro\u0000xy.nl:3128"),
        ("proxy", "http://proxy.nl:99999"),
        ("proxy", "http://[::1"),
        ("proxy", "http://us%3Aer:password@proxy.nl"),
        ("proxy", "http://user:%D0%B6@proxy.nl"),
    ],
)
def test_an_address_that_cannot_be_asked_is_told_with_its_key(key: str, value: str, project: Project) -> None:
    config = BIKES.replace('base_url = "{url}"', "") if key == "base_url" else BIKES
    ran = project.configure(config + f'{key} = "{value}"\n').cli("check", "--json")
    assert (ran.code, f"accounts.bikes.{key}" in ran.err) == (78, True), ran.err


def test_a_configuration_without_an_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etl.toml").symlink_to("/dev/zero")
    with pytest.raises(ConfigurationError, match="larger than 1 MB"):
        settings.load(tmp_path / "etl.toml")


@pytest.mark.parametrize("mode", [0o644, 0o600])
def test_a_secret_that_is_not_written_out_needs_no_private_file(
    mode: int, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", SECRET)
    text = BOOKS.replace('"s3cr3t-password"', '"${A_SECRET}"').replace('"office"', '"${A_SECRET}"')
    project.configure(text, mode=mode)
    assert stat.S_IMODE(project.config.stat().st_mode) == mode
    assert list(project.settings().accounts) == ["books"]


# -- what is accepted ---------------------------------------------------------------------------------

EVERYTHING = """
[accounts.books]
system = "invoicing"
base_url = "https://books.example.nl"
username = "office"
password = "x"
timezone = "Europe/Brussels"
country = "BE"
settle_s = 30
max_wait_s = 60
proxy = ""
ca_file = ""
trust_env = false
contacts_path = "/debtors"
depth = 2
depth_param = "levels"
form_prefix = "Contact"

[accounts.books.budget]
per_minute = 30
per_day = 1000
reserve_per_minute = 5
reserve_per_day = 200

[accounts.books.defaults]
payment_term_days = 14

[state]
dir = "state"
keep_days = 0
budgets = "budgets.db"
"""


def test_every_documented_key_is_known(project: Project) -> None:
    loaded = project.configure(EVERYTHING).settings()
    account = loaded.accounts["books"]
    assert (account.timezone, account.country, account.options["depth"], account.proxy) == (
        "Europe/Brussels",
        "BE",
        2,
        None,
    )
    assert (account.defaults, account.ca_file) == ({"payment_term_days": 14}, None)
    assert (loaded.state.dir, loaded.state.budgets) == (project.folder / "state", project.folder / "budgets.db")
    assert [(term.seconds, term.left_by(None)) for term in window_limits(account)] == [(60, 25), (None, 800)]


def test_without_a_word_the_state_stands_beside_the_configuration(project: Project) -> None:
    loaded = project.configure(BIKES).settings()
    assert loaded.state.dir == project.folder / ".etl"
    account = loaded.accounts["bikes"]
    assert (account.timezone, account.country, account.settle_s, account.max_wait_s) == (
        "Europe/Amsterdam",
        None,
        60,
        900,
    )
    assert [(term.seconds, term.left_by(None)) for term in window_limits(account)] == [(60, 360), (None, 15_000)]


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_configuration_that_cannot_be_read_is_78(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "etl.toml"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        settings.load(path)


def test_a_missing_configuration_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--config"):
        settings.load(tmp_path / "etl.toml")


@pytest.mark.parametrize(
    "text",
    [bikes("zzz = 1"), with_password("${NO_SUCH_SECRET}"), bikes("[accounts.bikes.budget]", "per_minute = 0")],
)
def test_a_wrong_configuration_ends_with_78_before_any_call_and_makes_nothing(text: str, project: Project) -> None:
    with Server([Answer([])]) as server:
        ran = project.configure(text.replace("{url}", server.base_url)).cli("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["exit_code"], server.seen) == (78, 78, [])
    assert sorted(path.name for path in project.folder.iterdir()) == ["etl.toml"]

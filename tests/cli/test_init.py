"""`etl init` and `etl completion`: from nothing to a first command that works, with no secret for others to read."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from etl.cli.main import etl
from etl.simulator import Simulator
from tests.support.scripted import Answer, Server, page
from tests.support.workplace import ETL, Project

BIKES = ("--system", "cyclesoftware", "--account", "bikes", "--username", "shop", "--password", "${PASSWORD}")


def on_a_terminal(project: Project, arguments: Sequence[str], answers: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """The command with a terminal for all it reads and writes; each answer is typed when its question shows."""
    terminal, its_end = pty.openpty()
    environment = project.environment({"PASSWORD": "demo"})
    process = subprocess.Popen(
        [ETL, *arguments],
        cwd=project.folder, env=environment, stdin=its_end, stdout=its_end, stderr=its_end, start_new_session=True,
    )  # fmt: skip
    os.close(its_end)
    seen, left = "", list(answers)
    while select.select([terminal], [], [], 20)[0]:
        try:
            seen += os.read(terminal, 4096).decode()
        except OSError:  # its end
            break
        if left and left[0][0] in seen.rpartition("\n")[2]:
            os.write(terminal, f"{left.pop(0)[1]}\n".encode())
            seen += "\n"
    else:
        process.kill()
    os.close(terminal)
    return process.wait(20), seen


async def test_asked_on_a_terminal_and_the_next_command_works(project: Project) -> None:
    async with Simulator(rows=5) as server:
        code, seen = await asyncio.to_thread(
            on_a_terminal,
            project,
            ["init"],
            [
                ("Which system", "recras"),
                ("call the account", "park"),
                ("Where is its API", server.base_url),
                ("API key", "a-secret-key"),
                ("Another account", "y"),
                ("Which system", "cyclesoftware"),
                ("call the account", ""),
                ("Where is its API", server.base_url),
                ("User name", "office"),
                ("Password", "file:password"),
                ("Another account", "n"),
            ],
        )
        assert (code, "file:password" in seen) == (78, False), seen  # that file is not there yet
        (project.folder / "password").write_text("another-secret")
        answers = [
            ("Which system", "recras"),
            ("call the account", "park"),
            ("Where is its API", server.base_url),
            ("API key", "a-secret-key"),
            ("Another account", "n"),
        ]
        code, seen = await asyncio.to_thread(on_a_terminal, project, ["init"], answers)
        assert (code, "a-secret-key" in seen) == (0, False), seen
        assert seen.rstrip().endswith("etl export --out out")
        ran = await asyncio.to_thread(project.etl, "export", "--out", "out", "--json")
    assert (ran.code, ran.summary["accounts"]["park"]["status"]) == (0, "complete")
    assert stat.S_IMODE(project.config.stat().st_mode) == 0o600


async def test_flags_alone_write_a_file_that_holds_no_secret(project: Project) -> None:
    async with Simulator(rows=1) as server:
        environment = {"PASSWORD": "demo"}
        arguments = ("init", *BIKES, "--base-url", server.base_url, "--country", "NL")
        ran = await asyncio.to_thread(project.etl, *arguments, "--json", env=environment)
        assert (ran.code, ran.summary["next"]) == (0, "etl export --out out")
        text = project.config.read_text()
        assert '"${PASSWORD}"' in text and 'country = "NL"' in text and "demo" not in text
        checked = await asyncio.to_thread(project.etl, "check", "--json", env=environment)
        assert checked.code == 0
        again = await asyncio.to_thread(project.etl, *arguments, "--account", "other", "--json", env=environment)
        assert (again.code, project.config.read_text()) == (73, text)
        forced = await asyncio.to_thread(project.etl, *arguments, "--account", "other", "--force", env=environment)
    assert (forced.code, "[accounts.other]" in project.config.read_text()) == (0, True)


def test_refused_credentials_leave_the_file_and_say_what_to_do(project: Project) -> None:
    with Server([Answer({}, 401)]) as server:
        ran = project.cli("init", *BIKES, "--base-url", server.base_url, "--json", env={"PASSWORD": "x1y2z3"})
    assert (ran.code, ran.summary["exit_code"], ran.summary["next"]) == (77, 77, "etl check")
    assert project.config.exists()
    assert "x1y2z3" not in ran.out + ran.err


def test_no_call_is_made_where_none_is_wanted(project: Project) -> None:
    with Server([Answer(page([]))]) as server:
        ran = project.cli("init", *BIKES, "--base-url", server.base_url, "--no-check", env={"PASSWORD": "x"})
        assert (ran.code, server.seen) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["init"], 64, "--system"),
        (["init", "--system", "crm"], 64, "There are cyclesoftware"),
        (["init", *BIKES], 64, "--base-url"),
        (["init", *BIKES[:-1], "hunter2", "--base-url", "https://example.nl"], 64, "VARIABLE"),
        (["init", *BIKES, "--base-url", "http://example.nl"], 78, "https://"),
        (["init", *BIKES, "--base-url", "https://example.nl", "--account", "../x"], 64, "account name"),
        (["init", *BIKES[:-1], "${NOT_SET}", "--base-url", "https://example.nl"], 78, "NOT_SET"),
        (["init", *BIKES, "--base-url", "https://example.nl", "--timezone", "Mars/Olympus"], 78, "time zone"),
        (["init", *BIKES, "--base-url", "https://example.nl", "--country", "Holland"], 78, "ISO 3166"),
    ],
)
def test_what_cannot_be_right_is_told_and_nothing_is_written(
    arguments: list[str], code: int, says: str, project: Project
) -> None:
    ran = project.cli(*arguments, env={"PASSWORD": "x"})
    assert (ran.code, project.config.exists()) == (code, False)
    assert says in ran.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_told_how_to_complete(shell: str, project: Project) -> None:
    ran = project.cli("completion", shell)
    assert (ran.code, "_ETL_COMPLETE" in ran.out) == (0, True)


def test_bash_completes_commands_and_options(project: Project, tmp_path: Path) -> None:
    script = tmp_path / "complete.bash"
    script.write_text(project.cli("completion", "bash").out)
    typed = 'source "$1"; COMP_WORDS=("$2" "$3"); COMP_CWORD=1; _etl_completion "$2"; printf "%s\\n" "${COMPREPLY[@]}"'
    ran = subprocess.run(
        ["bash", "-c", typed, "bash", script, ETL, "ex"], check=True, capture_output=True, text=True, env=os.environ
    )
    assert ran.stdout.split() == [name for name in etl.commands if name.startswith("ex")]


def test_a_completion_ends_like_any_command_that_did_what_was_asked(project: Project) -> None:
    asked = {"_ETL_COMPLETE": "bash_complete", "COMP_WORDS": "etl exp", "COMP_CWORD": "1"}
    ran = project.etl(env=asked)
    assert (ran.code, ran.out.split()) == (0, ["plain,export"])

"""Systems of plain fields: their declarations, and servers that tell as many records as one likes."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from .scripted import Answer, Seen
from .workplace import Project

FEW_LINES = 15
DECLARED = {path.stem: path.read_text("utf-8") for path in Path(__file__).with_name("declared").glob("[a-z]*.py")}
"""The declarations, as they go beside an etl.toml."""
ACCOUNT = """
[systems]
files = ["my_api.py"]

[accounts.{system}]
system = "{system}"
base_url = "{url}"
api_key = "s3cr3t-key"
country = "NL"
"""


def beside(project: Project, text: str, system: str, url: str) -> None:
    """Put a declaration beside the etl.toml, and an account of its system into it."""
    (project.folder / "my_api.py").write_text(text, "utf-8")
    project.configure(ACCOUNT.replace("{system}", system), url)


def person(number: int) -> dict[str, Any]:
    properties = {
        "firstname": "Jan", "lastname": f"van Dam {number}", "email": f"j{number}@example.nl", "phone": "06-12345678",
        "address": f"Kerkstraat {number}", "shoes": 41, "note": 'a "b"',
    }  # fmt: skip
    created = f"2025-01-{number % 28:02}T10:00:00Z" if number % 28 else None
    return {"id": str(number), "createdAt": created, "archived": False, "properties": properties}


def hub(rows: int, size: int = 100) -> Callable[[Seen], Answer]:
    """Tells people by pages of which each names the next."""

    def answer(seen: Seen) -> Answer:
        start = int(seen.query.get("after", "0").strip("=&"))
        body: dict[str, Any] = {"results": [person(n + 1) for n in range(start, min(start + size, rows))]}
        if start + size < rows:
            body["paging"] = {"next": {"after": f"={start + size}&", "link": "https://example.com"}}
        return Answer(body)

    return answer


def customer(number: int) -> dict[str, Any]:
    billing = {
        "company": f"Firma {number}", "address_1": f"Markt {number}", "address_2": "achter", "postcode": "1234 ab",
        "country": "NL",
    }  # fmt: skip
    return {
        "id": number, "email": f"f{number}@example.nl", "last_name": "Pot", "role": "customer", "billing": billing,
        "meta_data": [{"k": 1}],
    }  # fmt: skip


def storefront(rows: int, size: int = 50, roles: Mapping[int, str] | None = None) -> Callable[[Seen], Answer]:
    """Tells customers by numbered pages, with totals and links in headers. Some have other `roles`."""

    def answer(seen: Seen) -> Answer:
        number, pages = int(seen.query["page"]), -(-rows // size)
        told = [customer(n + 1) for n in range((number - 1) * size, min(number * size, rows))]
        headers = {"X-WP-Total": str(rows), "X-WP-TotalPages": str(pages)}
        if number < pages:
            headers["Link"] = f'<http://{seen.headers["Host"]}{seen.path}?page={number + 1}>; rel="next"'
        told = [{**one, "role": (roles or {}).get(one["id"], one["role"])} for one in told]
        return Answer(told, headers=headers)

    return answer


class Office:
    """Keeps people as they are sent. Of the creates whose numbers are in `lost` the answer never comes, and those in
    `refused` are lost before they are stored, while a colleague stores somebody else; numbers count from 1."""

    def __init__(self, lost: Collection[int] = (), refused: Collection[int] = ()) -> None:
        self.lost, self.refused = lost, refused
        self.people: dict[int, dict[str, Any]] = {}
        self.creates = 0

    def __call__(self, seen: Seen) -> Answer:
        if seen.method == "GET" and seen.path == "/people":
            return Answer([*self.people.values()])
        if seen.method == "POST":
            return self._create(json.loads(seen.body))
        number = int(seen.path.rpartition("/")[2])
        if number not in self.people:
            return Answer({}, status=404)
        match seen.method:
            case "DELETE":
                return Answer(self.people.pop(number))
            case "PUT":
                self.people[number] = {"id": number, "made": "2026-01-01", **json.loads(seen.body)}
            case "PATCH":
                laid_over(self.people[number], json.loads(seen.body))
        return Answer(self.people[number])

    def _create(self, body: dict[str, Any]) -> Answer:
        self.creates += 1
        number = len(self.people) + 1
        if self.creates in self.refused:
            self.people[number] = {"id": number, "made": "2026-01-01", "name": "Stranger 0"}
            return Answer({}, status=504)
        self.people[number] = {"id": number, "made": "2026-01-01", **body}
        return Answer({}, status=504) if self.creates in self.lost else Answer({"id": number}, status=201)


def laid_over(record: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Change what is said of a record, and nothing else."""
    for name, value in changes.items():
        if isinstance(value, dict) and isinstance(record.get(name), dict):
            laid_over(record[name], value)
        else:
            record[name] = value


class Finder:
    """Tells people to a POST, by an offset in its body. It cannot answer the request of the number `busy`."""

    def __init__(self, rows: int, busy: int = 0) -> None:
        self.rows, self.busy, self.requests = rows, busy, 0

    def __call__(self, seen: Seen) -> Answer:
        self.requests += 1
        if seen.method != "POST" or seen.query:
            return Answer({}, status=405)
        if self.requests == self.busy:
            return Answer({}, status=503)
        page = json.loads(seen.body)["page"]
        start = page.get("from", 0)
        told = [person(n + 1) for n in range(start, min(start + page["rows"], self.rows))]
        return Answer({"results": told, "meta": {"total": self.rows}})


def clubs(rows: int) -> Callable[[Seen], Answer]:
    """Tells clubs, each second one with two members and a number."""

    def club(number: int) -> dict[str, Any]:
        told: dict[str, Any] = {"id": number, "title": f"Club {number}", "members": [], "sport": "chess"}
        if number % 2:
            return told
        chair = {"no": f"{number}a", "family": "van Dam", "tel": "06-12345678", "chair": True, "letters": [7, 8]}
        other = {"no": f"{number}b", "family": "Pot", "chair": False}
        told["members"] = [{**chair, "badge": "b", "shoes": 41}, {**other, "shoes": 41}]
        return {**told, "numbers": [{"of": "canteen", "digits": "0201234567", "since": 2020}]}

    return lambda seen: Answer([club(n + 1) for n in range(rows)])

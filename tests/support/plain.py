"""Systems of plain fields: their declarations, and servers that tell as many records as one likes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

"""The examples printed in the vendors' documents, cleaned of nothing but comments and commas."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.served import Answer

FOLDER = Path(__file__).parent.parent / "documents"
COMMENT = re.compile(r"// \([^()]*\)")
TRAILING_COMMA = re.compile(r",(\s*[}\]])")
MISSING_COMMA = re.compile(r'([}\]])(\s*")')


@dataclass(frozen=True)
class Example:
    """One example: the lines above its JSON, and the JSON as printed but for comments and commas."""

    head: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def answer(self) -> Answer:
        """The example as an answer: the printed body, status and rate limit headers."""
        status = re.match(r"HTTP/1\.1 (\d{3})", self.head)
        headers = dict(re.findall(r"^(X-[\w-]+): (.*)$", self.head, re.MULTILINE))
        return Answer(self.text.encode(), int(status[1]) if status else 200, headers=headers)


def example(name: str) -> Example:
    printed = (FOLDER / f"{name}.txt").read_text("utf-8")
    start = re.search(r"[\[{]", printed)
    assert start is not None, f"{name} shows no JSON"
    head, text = printed[: start.start()], printed[start.start() :]
    text = TRAILING_COMMA.sub(r"\1", COMMENT.sub("", text))
    return Example(head, MISSING_COMMA.sub(r"\1,\2", text).strip())


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def as_json(value: Any, status: int = 200) -> Answer:
    """An answer made of what examples hold."""
    return Answer(json.dumps(value).encode(), status)

"""Take secrets out of what is told: every error, log line, printed line and stored message passes `scrubbed`.

A configuration teaches it the secrets that it loads (`learn`). It knows them for as long as the process lives, whoever
asks: a message may quote a credential of any account, in any of the forms in which it was sent.

    as it is, in JSON, in a URL, in HTML      replaced by …
    in Base64, alone or beside others         the whole text in Base64 replaced

A short secret is replaced only where it stands alone, since any word may hold it, and one of less than four characters
not at all. One that is the name of an account, a table, a status is not replaced either, or nobody could read what is
told; one that is a part of such a name only where it stands alone. `is_hidden` knows which are replaced.

In what programs read, values are replaced before it becomes JSON, and of them those that are text and not ours.
"""

from __future__ import annotations

import html
import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

GONE = "…"
SHORTEST, SHORT = 4, 6
"""From how many characters on a secret is replaced where it stands alone, and anywhere."""
SHORTEST_NAME = 8
"""From how many characters on a user name is replaced, where it stands alone."""
SHORTEST_CORE = 8
BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
ALONE = (r"(?<![\w.@/-])", r"(?![\w@/-]|\.\w)")

OURS = frozenset(
    {"command", "config", "exit_code", "file", "files", "next", "resume_at", "reviewed", "run_id", "status"}
)
"""Keys whose values are our own words, or paths: nothing in them came from a server."""
RECEIVED = frozenset({"records", "rows"})
"""Keys of what a server or a file said: none of the keys below is ours."""
NO_SECRETS = (int, float, PurePath)
"""What in a log line is none, whatever its figures and words: counts, and the paths that a user named."""

_names: set[str] = set()
_anywhere: set[str] = set()
_alone: set[str] = set()
_cores: set[str] = set()


def know_names(names: Iterable[str]) -> None:
    """Know the names of accounts, systems, streams, tables and statuses: what is told is made of them."""
    _names.update(names)


def is_hidden(secret: str) -> bool:
    """Whether a secret is replaced where it is told as it is."""
    return len(secret) >= SHORTEST and secret not in _names


def learn(secret: str, *, user: str = "") -> None:
    """Know a secret from now on: in all its forms, and with the user name that it is sent with."""
    if user:
        _cores.update(_in_base64(f"{user}:{secret}"))
    _cores.update(_in_base64(secret))
    if len(secret) >= SHORTEST:
        (_anywhere if len(secret) >= SHORT else _alone).update(forms(secret))


def learn_name(user: str) -> None:
    """Know a user name from now on. A short one is an ordinary word, and no secret."""
    if len(user) >= SHORTEST_NAME:
        _alone.update(forms(user))
        _cores.update(_in_base64(user))


def learn_url(url: str) -> None:
    """Know the user and password of a URL: as it spells them, and as they are sent."""
    parts = urlsplit(url)
    user = parts.username or ""
    for spelt in dict.fromkeys((parts.password or "", unquote(parts.password or ""))):
        learn(spelt, user=unquote(user))
    for name in dict.fromkeys((user, unquote(user))):
        learn_name(name)


def scrubbed(text: str) -> str:
    """The text without any secret that is known."""
    known = (*_anywhere, *_alone)
    for form in sorted((form for form in known if form in text and form not in _names), key=len, reverse=True):
        anywhere = form in _anywhere and not any(form in name for name in tuple(_names))
        text = text.replace(form, GONE) if anywhere else _without_word(text, form)
    for core in tuple(_cores):  # another thread may learn one meanwhile
        while (at := text.find(core)) >= 0:
            text = _without_base64(text, at, at + len(core))
    return text


def scrubbed_values(value: Any, *, ours: frozenset[str] = OURS) -> Any:
    """The same for every text in lists and mappings, but for what stands under the keys that are `ours`."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, Mapping):
        return {
            name: one if name in ours else scrubbed_values(one, ours=frozenset() if name in RECEIVED else ours)
            for name, one in value.items()
        }
    return [scrubbed_values(one, ours=ours) for one in value] if isinstance(value, list | tuple) else value


def without(text: str, values: Iterable[str]) -> str:
    """The text without these values, in whichever case: whole words, and longer values anywhere."""
    small = text.lower()
    every = {form for value in values if len(value.strip()) >= 3 for form in forms(value.strip())}
    for form in sorted((form for form in every if form.lower() in small), key=len, reverse=True):
        word = re.escape(form)
        text = re.sub(word if len(form) >= SHORT else rf"(?<!\w){word}(?!\w)", GONE, text, flags=re.IGNORECASE)
    return text


def forms(value: str) -> Iterator[str]:
    """How a value may be spelled where it is quoted."""
    yield value
    if value.isascii() and value.isalnum():
        return  # it has no other
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(value)[1:-1].replace("/", r"\/")
    yield html.escape(value)
    for encoded in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield encoded
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), encoded)
        yield quote(encoded, safe="")


def _in_base64(value: str) -> Iterator[str]:
    """What a value always leaves in Base64, by where it begins in what was encoded."""
    for data in {
        value.encode("utf-8", "surrogateescape"),
        value.encode("latin-1", "replace"),
    }:  # a proxy gets the latter
        for before, first in ((0, 0), (1, 2), (2, 3)):
            encoded = b64encode(bytes(before) + data).decode()[first : (before + len(data)) * 8 // 6]
            if len(encoded) >= SHORTEST_CORE:
                yield encoded
                yield encoded.translate(str.maketrans("+/", "-_"))


def _without_word(text: str, form: str) -> str:
    """Replace a form of a secret where it stands alone."""
    return re.sub(f"{ALONE[0]}{re.escape(form)}{ALONE[1]}", GONE, text)


def _without_base64(text: str, start: int, end: int) -> str:
    """Replace all of the text in Base64 around a part of it."""
    while start and text[start - 1] in BASE64:
        start -= 1
    while end < len(text) and text[end] in BASE64:
        end += 1
    return text[:start] + GONE + text[end:]


def _scrub_record(record: logging.LogRecord) -> bool:
    if record.args and isinstance(record.args, tuple):
        record.args = tuple(one if isinstance(one, NO_SECRETS) else scrubbed(str(one)) for one in record.args)
        record.msg, record.args = record.getMessage(), None
    else:
        record.msg, record.args = scrubbed(record.getMessage()), None
    return True


logging.getLogger("etl").addFilter(_scrub_record)

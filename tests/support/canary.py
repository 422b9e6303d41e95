"""Secrets and a person to be planted, and the search for them in what was written, however it is spelled or packed."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import polars as pl

from tests.support import zstd

USER, PASSWORD, KEY = "canary-user-41c9", 'ca"nary p@ss/wörd+41c9', "canary-key-7d2f81"
PERSON = {
    "last_name": "Kanarievogel",
    "email": "kanarie.vogel@example.nl",
    "phone": "0641414141",
    "street": "Volierestraat",
    "house_number": "414",
    "postcode": "4141KV",
    "city": "Vogelwaarde",
}
ENVIRONMENT = {"CANARY_USER": USER, "CANARY_KEY": KEY}


def spellings(value: str) -> set[bytes]:
    """How a value may be found again."""
    texts = {value, json.dumps(value)[1:-1], quote(value), quote(value, safe=""), quote_plus(value)}
    return {text.encode() for text in texts} | {text.encode("utf-16-le") for text in texts}


SECRETS = {
    *spellings(USER),
    *spellings(PASSWORD),
    *spellings(KEY),
    b64encode(f"{USER}:{PASSWORD}".encode()),
    *(b64encode(f"{USER}:{PASSWORD}".encode() + b" " * more)[4:-8] for more in range(3)),
    b64encode(f"x:{USER}:{PASSWORD}".encode())[8:-8],
    b64encode(KEY.encode())[:-4],
}
PEOPLE = {
    spelling
    for name in ("last_name", "email", "phone", "street", "postcode", "city")
    for spelling in spellings(PERSON[name])
} | {b"641414141", b"kanarie.vogel", b"4141 KV"}


def unfolded(raw: bytes, path: Path) -> bytes:
    data = raw
    for unfold in (gzip.decompress, zstd.decompress):
        try:
            data += unfold(raw)
        except (OSError, EOFError, ValueError, zlib.error, zstd.ZstdError):
            continue
    if path.suffix == ".parquet":
        data += pl.read_parquet(path).write_ndjson().encode()
    return data


def holds(data: bytes, needles: set[bytes]) -> set[bytes]:
    small = data.lower()
    return {needle for needle in needles if needle.lower() in small}


def people(file: Path, count: int, **more: str) -> Path:
    """Planted people: all alike but for the key and the digits behind name, e-mail and phone."""
    rows = [
        {
            **PERSON,
            "source_id": f"{number}",
            "last_name": f"{PERSON['last_name']} {number}",
            "email": f"{number}{PERSON['email']}",
            **more,
        }
        for number in range(1, count + 1)
    ]
    pl.DataFrame(rows).write_csv(file)
    return file

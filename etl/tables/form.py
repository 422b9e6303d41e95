"""What kind of file a table is in, by its content: a name says what somebody believed of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from etl.errors import UsageError
from etl.tables.text_of_csv import encoding_of

TEXTS = (".csv", ".tsv", ".txt", ".tab")
WORKBOOKS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".ods": "ods", ".xls": "xls"}
NAMES = {
    "xlsx": "an Excel workbook (XLSX)",
    "ods": "an OpenDocument spreadsheet (ODS)",
    "xls": "an old Excel workbook (XLS)",
    "parquet": "a Parquet file",
    "csv": "a text with separators (CSV)",
}
_HEAD, _MOST_OF_OLE = 4096, 64 << 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_A_WORKBOOK = (b"[Content_Types].xml", b"_rels/", b"xl/", b"docProps/")
_PAGE = re.compile(r"\ufeff?\s*<(?:!doctype|\?xml|!--|html|head|body|meta|table|style|div)\b", re.IGNORECASE)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE = "Open it in your spreadsheet, and save it as .xlsx or as CSV UTF-8."


def suffix_of(path: Path) -> str:
    """The suffix in lower case, of a compressed text with the one before: `.csv.gz`."""
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() + last if last == ".gz" else last


def form_of(file: BinaryIO, path: Path) -> str:
    """Return csv, gzip, xlsx, ods, xls or parquet. Raises UsageError for what is no table, or in a form not read."""
    suffix = suffix_of(path)
    if suffix not in (*TEXTS, *(f"{text}.gz" for text in TEXTS), *WORKBOOKS, ".parquet"):
        raise UsageError(
            f"{path}: the suffix {path.suffix or '(none)'} is not known.",
            remedy="Use .csv, .csv.gz, .xlsx, .xls, .ods or .parquet.",
        )
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(_ZIP):
        return _zipped(head, suffix, path)
    if head.startswith(_OLE):
        if _ENCRYPTED in file.read(_MOST_OF_OLE):
            raise UsageError(f"{path} is protected with a password.", remedy="Save it without one.")
        file.seek(0)
        return "xls"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"%PDF"):
        raise UsageError(f"{path} is a PDF, not a table.", remedy="Export the list as CSV or XLSX from where it is.")
    if suffix == ".parquet":
        return "parquet"
    text = head.decode(encoding_of(head) or "utf-8", "replace")
    if _PAGE.match(text):
        raise UsageError(f"{path} is a web page or XML, whatever it is called.", remedy=_SAVE)
    return WORKBOOKS[suffix] if suffix in WORKBOOKS and not _is_text(text) else "csv"


def _zipped(head: bytes, suffix: str, path: Path) -> str:
    first = head[30:200]
    if first.startswith(b"mimetype"):
        return "ods"
    if first.startswith(_OF_A_WORKBOOK) or suffix in WORKBOOKS:
        return "xlsx"
    raise UsageError(f"{path} is a ZIP archive.", remedy="Unpack it, and name the file in it.")


def _is_text(head: str) -> bool:
    """Whether it begins with a header of several columns; a workbook that is damaged has other characters."""
    first = head.lstrip("\ufeff\r\n").partition("\n")[0].rstrip("\r")
    return any(mark in first for mark in ";,\t|") and all(char.isprintable() or char in "\t\r" for char in first)

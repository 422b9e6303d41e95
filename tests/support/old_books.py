"""Workbooks in forms that nothing here writes: ODS, XLS and XLSB, of texts alone, with sheets and rows hidden."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from xml.sax.saxutils import quoteattr

Sheets = Mapping[str, Sequence[Sequence[str]]]
NOTHING: Collection[str] = ()
NO_ROWS: Collection[int] = ()
SECTOR, END = 512, 0xFFFFFFFE


def ods(
    sheets: Sheets,
    hidden: Collection[str] = NOTHING,
    rows: Collection[int] = NO_ROWS,
    how: str = "filter",
    fold: Collection[int] = NO_ROWS,
) -> bytes:
    """An OpenDocument spreadsheet. Of every sheet the `rows`, from 0, are hidden by this visibility; those of `fold`
    stand three times, in a group that is folded away."""
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
        for one in ("office", "text", "table", "style")
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table"><style:table-properties table:display="{seen}"/>'
        "</style:style>"
        for name, seen in (("seen", "true"), ("hidden", "false"))
    )
    tables = ""
    for name, lines in sheets.items():
        made = ""
        for number, line in enumerate(lines):
            cells = "".join(
                f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
                for text in line
            )
            about = f' table:visibility="{how}"' if number in rows else ""
            about += ' table:number-rows-repeated="3"' if number in fold else ""
            row = f"<table:table-row{about}>{cells}</table:table-row>"
            group = '<table:table-row-group table:display="false">{}</table:table-row-group>'
            made += group.format(row) if number in fold else row
        style = "hidden" if name in hidden else "seen"
        made += '<table:table-row table:visibility="filter" table:number-rows-repeated="9"><table:table-cell/>'
        made += "</table:table-row>"
        tables += f"<table:table table:name={quoteattr(name)} table:style-name={quoteattr(style)}>{made}</table:table>"
    content = (
        f"<?xml version='1.0' encoding='UTF-8'?><office:document-content{names}>"
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return _zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content.encode()})


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return file.getvalue()


def xls(sheets: Sheets, hidden: Collection[str] = NOTHING) -> bytes:
    """A workbook of BIFF8 records in a compound file of one stream."""
    globals_ = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + _biff(0x42, struct.pack("<H", 1200))
    named = [name.encode("utf-16-le") for name in sheets]
    place = len(globals_) + sum(12 + len(name) for name in named) + 4
    listed, parts = b"", b""
    for (name, lines), text in zip(sheets.items(), named, strict=True):
        about = struct.pack("<IBBBB", place + len(parts), name in hidden, 0, len(name), 1)
        listed += _biff(0x85, about + text)
        parts += _biff(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0))
        parts += _biff(0x200, struct.pack("<IIHHH", 0, len(lines), 0, max(map(len, lines)), 0))
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                head = struct.pack("<HHHHB", row, column, 0, len(cell), 1)
                parts += _biff(0x204, head + cell.encode("utf-16-le"))
        parts += _biff(0x0A, b"")
    stream = (globals_ + listed + _biff(0x0A, b"") + parts).ljust(4096, b"\0")  # a shorter one is kept elsewhere
    stream += b"\0" * (-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    chain = [0xFFFFFFFD, END, *range(3, count + 2), END]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(SECTOR, b"\xff")
    folder = _entry("Root Entry", 5, 1, END, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0, 0).ljust(SECTOR - len(header), b"\xff")
    return header + fat + folder.ljust(SECTOR, b"\0") + stream


def _biff(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII16x4x16xIQ", text, len(text) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, start, size)


def xlsb(sheets: Sheets, hidden: Collection[str] = NOTHING) -> bytes:
    """A workbook of binary records in an archive."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    listed, linked, parts = b"", "", dict[str, bytes]()
    for number, (name, lines) in enumerate(sheets.items(), 1):
        listed += _record(156, struct.pack("<II", name in hidden, number) + _wide(f"rId{number}") + _wide(name))
        linked += f'<Relationship Id="rId{number}" Type="{kind}/worksheet" Target="worksheets/sheet{number}.bin"/>'
        dim = struct.pack("<IIII", 0, len(lines) - 1, 0, max(map(len, lines)) - 1)
        sheet = _record(129) + _record(148, dim) + _record(145)
        for row, line in enumerate(lines):
            sheet += _record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0))
            for column, cell in enumerate(line):
                sheet += _record(6, struct.pack("<II", column, 0) + _wide(cell))
        parts[f"xl/worksheets/sheet{number}.bin"] = sheet + _record(146) + _record(130)
    return _zipped(
        {
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="rId1" Type="{kind}/officeDocument" '
            'Target="xl/workbook.bin"/></Relationships>'.encode(),
            "xl/workbook.bin": _record(131) + _record(143) + listed + _record(144) + _record(132),
            "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{links}">{linked}</Relationships>'.encode(),
            **parts,
        }
    )


def _record(kind: int, content: bytes = b"") -> bytes:
    return _varint(kind) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    more, low = number >> 7, number & 0x7F
    return bytes([low | 0x80]) + _varint(more) if more else bytes([low])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


BOOKS: Mapping[str, Callable[[Sheets, Collection[str]], bytes]] = {"ods": ods, "xls": xls, "xlsb": xlsb}

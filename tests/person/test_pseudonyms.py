"""Tables for test systems: nobody is in them, and all of it fits together."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import phonenumbers
import polars as pl
import pytest

from etl.errors import ConfigurationError, UsageError
from etl.runs.export_order import ExportOrder
from etl.runs.replay import replay
from etl.runs.workspace import select
from etl.tables.pseudonyms import KEPT, Pseudonyms, pseudonymise_file
from tests.person.world import EMAIL, NAME, World, found_in, row, snapshot

KEY = Pseudonyms(b"k" * 32)


def keyfile(folder: Path, mode: int = 0o600, data: bytes = b"0123456789abcdef" * 2) -> Path:
    path = folder / "pseudonyms.key"
    path.write_bytes(data)
    path.chmod(mode)
    return path


async def test_an_export_with_pseudonyms_holds_nobody_and_keeps_ids_and_what_belongs_together(world: World) -> None:
    await world.export(out=world.folder / "real", forms=("parquet", "csv"))
    loaded = world.project.settings()
    selected = select(loaded, ["bikes", "park.contacten", "books"])
    key = Pseudonyms.read(keyfile(world.folder))
    for name in ("once", "again"):
        order = ExportOrder(selected, world.folder / name, ("parquet", "csv"), pseudonyms=key)
        assert (await replay(loaded, order)).exit_code == 65
    assert found_in(world.folder / "once") == []
    one, other = (snapshot(world.folder / name) for name in ("once", "again"))
    assert {name: data for name, data in one.items() if "runs" not in name} == {
        name: data for name, data in other.items() if "runs" not in name
    }
    for path in sorted((world.folder / "real").glob("*/*.parquet")):
        real, made = (pl.read_parquet(folder / path.relative_to(world.folder / "real")) for folder in folders(world))
        assert made.schema == real.schema
        kept = [name for name in real.columns if name in KEPT]
        assert made.select(kept).equals(real.select(kept))
        for name in ("email", "email_1", "phone", "mobile", "e164", "last_name"):
            if name in real.columns:
                assert made[name].is_null().equals(real[name].is_null()), name
    contacts = [pl.read_parquet(path) for path in sorted((world.folder / "once" / "contacts").glob("*.parquet"))]
    theirs = pl.concat(contacts).filter(
        ((pl.col("account") == "bikes") & (pl.col("source_id") == "1")) | pl.col("source_id").is_in(["12", "21"])
    )
    assert theirs.height == 3
    assert theirs["email"].n_unique() == theirs["mobile"].drop_nulls().n_unique() == 1


def folders(world: World) -> tuple[Path, Path]:
    return world.folder / "real", world.folder / "once"


@pytest.mark.parametrize(
    "number",
    [
        "+31612349876",
        "06-12349876",
        "+31 (0)6 1234 9876",
        "0031612349876",
        "020-1234567",
        "+32470123456",
        "+49301234567",
    ],
)
def test_a_phone_is_a_valid_one_of_the_same_country_and_kind_in_the_same_notation(number: str) -> None:
    made = KEY.phone(number, "NL")
    assert made != number
    assert re.sub(r"\d", "0", made) == re.sub(r"\d", "0", number)
    old, new = (phonenumbers.parse(one, "NL") if one[:2] != "00" else None for one in (number, made))
    if old is not None and new is not None:
        assert phonenumbers.is_valid_number(new)
        assert new.country_code == old.country_code
        assert phonenumbers.number_type(new) == phonenumbers.number_type(old)


def test_the_notations_of_one_number_get_one_pseudonym() -> None:
    made = {re.sub(r"\D", "", KEY.phone(one, "NL"))[-8:] for one in ("+31612349876", "06 1234 9876", "0031612349876")}
    assert len(made) == 1


def test_values_keep_their_form_and_their_parts_agree() -> None:
    name = KEY.words("Jan van den Berg B.V.")
    first, last = KEY.words("Jan"), KEY.words("Berg")
    assert name == f"{first} van den {last} B.V."
    assert KEY.words("JAN") == first.upper()
    street, number = KEY.address("Dorpsstraat"), KEY.number("12")
    assert street.endswith("straat")
    assert KEY.address("Dorpsstraat 12a") == f"{street} {number}a"
    assert re.fullmatch(r"1\d{3}[A-Z]{2}", KEY.code("1337XD"))
    assert KEY.email(" Jan@Voorbeeld.NL") == KEY.email("jan@voorbeeld.nl")
    assert re.fullmatch(r"[a-z]+\.[a-z]+\.[0-9a-f]{6}@example\.(?:org|com|net)", KEY.email(EMAIL))
    iban = KEY.bank_number("NL91 ABNA 0417 1643 00")
    assert re.fullmatch(r"NL\d{2}ABNA\d{10}", iban)
    assert int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def test_another_key_gives_other_pseudonyms() -> None:
    other = Pseudonyms(b"j" * 32)
    assert KEY.words("Jansen") != other.words("Jansen")
    assert KEY.email(EMAIL) != other.email(EMAIL)


def test_a_file_of_ones_own_is_written_without_people_and_what_is_not_known_is_emptied(tmp_path: Path) -> None:
    source, target = tmp_path / "mine.csv", tmp_path / "made.csv"
    frame = pl.DataFrame([{**row(1), "last_name": NAME, "notitie": f"bel {NAME}", "source_id": "7", "leeg": ""}])
    frame.write_csv(source)
    assert pseudonymise_file(source, target, KEY) == (1, ["nr", "payment_term_days", "notitie"][::2])
    text = target.read_text("utf-8")
    assert not any(part in text for part in (NAME, "voorbeeld", "Dorpsstraat"))
    made = pl.read_csv(target, infer_schema=False)
    assert made.select("source_id", "country").rows() == [("7", "NL")]
    with pytest.raises(UsageError, match="is the file that is read"):
        pseudonymise_file(source, source, KEY)


@pytest.mark.parametrize(
    ("mode", "data", "told"),
    [(0o640, b"k" * 32, "others may read"), (0o600, b"short", "is no key"), (0o600, b"k" * 5000, "is no key")],
)
def test_a_key_is_private_and_of_some_length(tmp_path: Path, mode: int, data: bytes, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Pseudonyms.read(keyfile(tmp_path, mode, data))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Pseudonyms.read(tmp_path / "nowhere")


def test_the_command_that_an_error_names_makes_a_key(tmp_path: Path) -> None:
    path = tmp_path / "new.key"
    with pytest.raises(ConfigurationError) as raised:
        Pseudonyms.read(path)
    command = str(raised.value).split("Make one: ")[1]
    subprocess.run(["bash", "-c", command], check=True)
    assert len(Pseudonyms.read(path).key) > 40

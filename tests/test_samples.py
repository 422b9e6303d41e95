"""The samples work: the configuration shows every key there is, the spreadsheet every kind of doubt."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from etl.config import settings
from etl.config.budget_table import BudgetSettings
from etl.config.credential import OF_CLIENTS
from etl.systems import SYSTEMS
from etl.tables.normalise_file import normalise_file

SAMPLE = Path(__file__).parent.parent / "samples" / "etl.toml"
SECRETS = (
    "BIKES_USER", "BIKES_PASSWORD", "PARK_KEY", "BOOKS_USER", "BOOKS_PASSWORD", "OFFICE_TOKEN", "SHOP_KEY",
    "SHOP_SECRET",
)  # fmt: skip


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"secret of {name}")


@pytest.mark.usefixtures("secrets")
def test_the_sample_configuration_loads_once_its_variables_are_set() -> None:
    loaded = settings.load(SAMPLE)
    assert {name: account.system for name, account in loaded.accounts.items()} == {
        "bikes": "cyclesoftware",
        "park": "recras",
        "books": "invoicing",
        "office": "moneybird",
        "shop": "woocommerce",
    }
    key = loaded.accounts["park"].api_key
    assert key is not None
    assert key.get_secret_value() == "secret of PARK_KEY"
    assert loaded.accounts["bikes"].budget.reserve_per_day == 3000
    assert loaded.accounts["books"].defaults == {"payment_term_days": 14}


def test_the_sample_configuration_names_every_variable_in_its_instructions() -> None:
    text = SAMPLE.read_text("utf-8")
    assert set(re.findall(r'"\$\{(\w+)\}"', text.replace("${ENVIRONMENT_VARIABLE}", ""))) == set(SECRETS)
    assert all(f"{name}=" in text for name in SECRETS)


def test_the_sample_configuration_shows_every_key() -> None:
    sample = tomllib.loads(SAMPLE.read_text("utf-8"))
    shown: set[str] = {key for account in sample["accounts"].values() for key in account}
    options = {key for system in SYSTEMS.values() for key in system.options}
    in_comments = set(re.findall(r"^# (\w+) *= ", SAMPLE.read_text("utf-8"), re.MULTILINE))
    assert in_comments >= {"api_keys", *OF_CLIENTS}, "instead of others, or of no system of our own"
    assert shown == set(settings.Account.model_fields) - {"name", "options", "api_keys", *OF_CLIENTS} | options
    assert set(sample["accounts"]["bikes"]["budget"]) == set(BudgetSettings.model_fields)
    assert set(sample["state"]) == set(settings.StateSettings.model_fields)


def test_every_key_of_the_sample_configuration_is_explained() -> None:
    obvious = {"system", "username", "password", "api_key"}
    for line in SAMPLE.read_text("utf-8").splitlines():
        key = line.partition("=")[0].strip()
        if "=" in line and not line.startswith("#") and key not in obvious:
            assert "#" in line or key == "base_url", f"{key} has no word of explanation"


def test_the_sample_spreadsheet_normalises_with_its_doubts_flagged(tmp_path: Path) -> None:
    done = normalise_file(SAMPLE.parent / "spreadsheets" / "klanten.csv", tmp_path / "klanten.xlsx")
    assert (done.received, done.written, done.kept) == (5, 5, ["Klantnr", "Opmerking"])
    assert {"address.ambiguous", "address.po_box", "phone.invalid", "text.formula"} <= set(done.flags)

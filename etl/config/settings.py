"""Load etl.toml into Settings. Every key is defined here or in a system's options; any other is an error (78).

Secrets are `${ENVIRONMENT_VARIABLE}` or `file:PATH`; a literal one is accepted only in a file that nobody else may
read (mode 0600). No secret is ever printed: they are held as `SecretStr`.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from etl.config import urls
from etl.config.budget_table import BudgetSettings, must_leave_calls
from etl.config.credential import fault_of, sendable
from etl.config.language import Language, language_in
from etl.config.learnt import NOT_LOOKED_UP, learn_account, learn_names
from etl.config.read_toml import read_toml
from etl.config.secret import secret
from etl.config.section import Section
from etl.config.systems_files import know_systems
from etl.errors import ConfigurationError
from etl.normalise.country import is_code
from etl.regular_file import NotUsable, user_path
from etl.scrub import learn_url
from etl.systems import SYSTEMS
from etl.systems.declare import System
from etl.systems.declare.credentials import KEYS

ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
LONGEST_SETTLE_S = 86_400
LONGEST_KEEP_DAYS = 36_500


class Account(Section):
    """One account at one system. `options` holds the keys that only its system has."""

    name: str
    system: str
    base_url: str
    username: SecretStr | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    api_keys: tuple[SecretStr, ...] = ()
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    timezone: str = "Europe/Amsterdam"
    country: str | None = None
    settle_s: float = Field(60, gt=0, le=LONGEST_SETTLE_S)
    max_wait_s: float = Field(900, ge=0)
    proxy: str | None = None
    ca_file: Path | None = None
    trust_env: bool = False
    budget: BudgetSettings = BudgetSettings()
    defaults: dict[str, str | int | float | bool] = Field(default_factory=dict)
    options: dict[str, str | int] = Field(default_factory=dict)

    @property
    def declaration(self) -> System:
        return SYSTEMS[self.system]

    @field_validator("system")
    @classmethod
    def _known_system(cls, value: str) -> str:
        try:
            return SYSTEMS.of_account(value).id
        except KeyError:
            raise ValueError(f"{value!r} is not a system; there are {', '.join(SYSTEMS)}") from None

    @field_validator("base_url")
    @classmethod
    def _safe_url(cls, value: str) -> str:
        return urls.base_url(value)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is not a time zone; one is Europe/Amsterdam") from None
        return value

    @field_validator("country")
    @classmethod
    def _country_code(cls, value: str | None) -> str | None:
        if value and not is_code(value):
            raise ValueError("must be an ISO 3166-1 code of two capitals, such as NL")
        return value or None

    @field_validator("proxy")
    @classmethod
    def _proxy_or_none(cls, value: str | None) -> str | None:
        return urls.proxy(value)

    @field_validator("options", mode="before")
    @classmethod
    def _texts_and_numbers(cls, value: Any) -> Any:
        wrong = [name for name, one in dict(value).items() if isinstance(one, bool)]
        if wrong:
            raise ValueError(f"{wrong[0]} must be a number or text, not true or false")
        return value

    @field_validator(*KEYS)
    @classmethod
    def _sendable(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        sendable(str(info.field_name), value.get_secret_value() if value else "")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Account:
        known = set(self.declaration.options)
        if unknown := set(self.options) - known:
            raise ValueError(f"{unknown.pop()} is not a known key")
        if missing := [name for name in self.declaration.required if not str(self.options.get(name, "")).strip()]:
            raise ValueError(f"{missing[0]} is missing, and the addresses of {self.system} are made of it")
        if fault := fault_of(self):
            raise ValueError(fault)
        must_leave_calls(self.budget, self.declaration)
        return self

    @model_validator(mode="after")
    def _learnt(self) -> Account:
        learn_account(self)
        return self


class StateSettings(Section):
    """Where state is kept: `dir` holds landing/ and state.db. `budgets` is a file, or the address of a Redis server."""

    dir: Path
    keep_days: int = Field(90, ge=0, le=LONGEST_KEEP_DAYS)
    keep_runs_days: int = Field(365, ge=0, le=LONGEST_KEEP_DAYS)
    budgets: Path | str

    @property
    def seals(self) -> Path:
        """Where the seals of ledgers are kept: apart from the state folder, beside the budgets of this user."""
        beside = self.budgets.parent if isinstance(self.budgets, Path) else own_folder()
        return beside / "seals"


class Settings(Section):
    path: Path
    accounts: dict[str, Account]
    state: StateSettings
    language: Language = "en"


def load(path: Path, *, with_secrets: bool = True, where_found: bool = False) -> Settings:
    """Read and check a configuration. Raises ConfigurationError naming file, key and remedy.

    What calls no API needs no secrets: without them, credentials are not looked up, or only `where_found`.
    """
    raw = read_toml(path)
    _known(path, "", raw, {"accounts", "language", "state", "systems"})
    know_systems(path, raw)
    accounts = raw.get("accounts", {})
    if not isinstance(accounts, dict) or not accounts:
        raise ConfigurationError(
            f"{path} has no accounts.", remedy="Add an [accounts.NAME] table; see samples/etl.toml."
        )
    learn_names(accounts)
    private = not stat.S_IMODE(path.stat().st_mode) & 0o077

    def look_up(where: str, value: Any) -> str:
        try:
            return secret(path, where, value, private) if with_secrets or where_found else NOT_LOOKED_UP
        except ConfigurationError:
            if with_secrets:
                raise
            return NOT_LOOKED_UP

    return Settings(
        path=path,
        accounts={name: _account(path, name, table, look_up) for name, table in accounts.items()},
        state=_state(path, raw.get("state", {})),
        language=language_in(raw, path),
    )


def _account(path: Path, name: str, table: Any, look_up: Callable[[str, Any], str]) -> Account:
    where = f"accounts.{name}"
    if not ACCOUNT_NAME.fullmatch(name):
        raise ConfigurationError(
            f"{path}: {name[:80]!r} is not an account name.",
            remedy="At most 64 letters, digits, - and _, not - or _ first: file names are made of it.",
        )
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: {where} must be a table: [{where}].")
    own = set(Account.model_fields) - {"name", "options"}
    options = _options_of(str(table.get("system")), own)
    _known(path, where, table, own | set(options))
    if isinstance(table.get("budget"), dict):
        _known(path, f"{where}.budget", table["budget"], set(BudgetSettings.model_fields))
    values = {key: value for key, value in table.items() if key in own}
    for key in KEYS:
        if key in values:
            values[key] = look_up(f"{where}.{key}", values[key])
    if isinstance(several := values.get("api_keys"), list):
        values["api_keys"] = [look_up(f"{where}.api_keys.{n}", one) for n, one in enumerate(several)]
    if values.get("ca_file"):
        values["ca_file"] = _path(path, f"{where}.ca_file", values["ca_file"])
    else:
        values.pop("ca_file", None)
    options.update({key: table[key] for key in options if key in table})
    try:
        return Account(name=name, options=options, **values)
    except ValidationError as error:
        raise _explain(path, where, error) from None


def _options_of(system: str, own: set[str]) -> dict[str, str | int]:
    """A system's own keys with their defaults; none of one that is not known."""
    try:
        options = dict(SYSTEMS.of_account(system).options)
    except KeyError:
        return {}
    if both := sorted(own & options.keys()):
        raise ConfigurationError(
            f"The system {system} has the option {both[0]}, which is a key of every account.",
            remedy="Give the option another name in its declaration.",
        )
    return options


def _state(path: Path, table: Any) -> StateSettings:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path}: state must be a table: [state].")
    _known(path, "state", table, set(StateSettings.model_fields))
    values = {
        **table,
        "dir": _path(path, "state.dir", table.get("dir", ".etl")),
        "budgets": _budgets(path, table.get("budgets") or str(own_folder() / "budgets.db")),
    }
    try:
        return StateSettings(**values)
    except ValidationError as error:
        raise _explain(path, "state", error) from None


def own_folder() -> Path:
    """This user's folder for what all projects share."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "contact-etl"


def _budgets(path: Path, value: Any) -> Path | str:
    if re.match(r"(?:rediss?|unix)://", str(value)):
        learn_url(str(value))
        return str(value)
    return _path(path, "state.budgets", value)


def _path(path: Path, key: str, value: Any) -> Path:
    """A path in a configuration, from the folder of which it goes."""
    try:
        return path.parent / user_path(str(value))
    except NotUsable as unfit:
        raise ConfigurationError(f"{path}: {key} is {unfit.reason}.") from None


def _known(path: Path, where: str, table: dict[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            full = f"{where}.{key}".lstrip(".")
            near = difflib.get_close_matches(key, sorted(known), 1, 0.5)
            remedy = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(sorted(known))}."
            raise ConfigurationError(f"{path}: {full} is not a known key.", remedy=remedy)


def _explain(path: Path, where: str, error: ValidationError) -> ConfigurationError:
    first = error.errors(include_input=False, include_url=False)[0]
    key = ".".join(str(part) for part in (where, *first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        message = "is missing"
    return ConfigurationError(f"{path}: {key}: {message}.")

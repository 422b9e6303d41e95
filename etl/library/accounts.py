"""Get the settings for a call: from an etl.toml, or with credentials that are stored elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from etl.config import settings as configuration
from etl.config.settings import Account, Settings, StateSettings
from etl.errors import ConfigurationError
from etl.library.arguments import checked
from etl.systems import SYSTEMS
from etl.systems.declare.credentials import KEYS


@checked
def settings_of(settings: Settings | Path | str) -> Settings:
    """Return settings as they are, or read an etl.toml. Raises ConfigurationError."""
    return settings if isinstance(settings, Settings) else configuration.load(Path(settings))


@checked
def with_account(
    config: Path | str | None, name: str, keys: Mapping[str, Any], *, state_dir: Path | str | None = None
) -> Settings:
    """Settings in which one account has these keys, such as base_url and password, over those in `config`.

    The other accounts' secrets are not looked up. Without `config`, the account has only these keys, and `state_dir`
    holds the state. Raises ConfigurationError, which never shows a value.
    """
    if config is not None:
        loaded = configuration.load(Path(config), with_secrets=False)
        known = _keys(loaded.accounts[name], keys) if name in loaded.accounts else {}
        account = _account(name, {**known, **keys})
        state = loaded.state if state_dir is None else loaded.state.model_copy(update={"dir": Path(state_dir)})
        return loaded.model_copy(update={"accounts": {**loaded.accounts, name: account}, "state": state})
    if state_dir is None:
        raise ConfigurationError("Neither an etl.toml nor a folder for the state is named.", remedy="Name one of them.")
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    state = StateSettings(dir=Path(state_dir), budgets=home / "contact-etl" / "budgets.db")
    return Settings(path=Path(state_dir), accounts={name: _account(name, keys)}, state=state)


def _keys(account: Account, over: Mapping[str, Any]) -> dict[str, Any]:
    """An account's keys as in etl.toml, without credentials: those all come from elsewhere."""
    kept = account.model_dump(exclude={"name", "options", "api_keys", *KEYS}, exclude_unset=True)
    if over.get("system", account.system) != account.system:
        raise ConfigurationError(f"accounts.{account.name} is of {account.system}, and its credentials are of another.")
    return {**kept, **account.options}


def _account(name: str, keys: Mapping[str, Any]) -> Account:
    system = SYSTEMS.get(str(keys.get("system")))
    options = dict(system.options) if system else {}
    own = {key: value for key, value in keys.items() if key not in options}
    options.update({key: value for key, value in keys.items() if key in options})
    try:
        return Account(name=name, options=options, **own)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in (f"accounts.{name}", *first["loc"]))
        raise ConfigurationError(f"{where}: {first['msg'].removeprefix('Value error, ')}.") from None

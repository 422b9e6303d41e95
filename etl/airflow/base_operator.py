"""The common part of the operators: map each outcome to what Airflow does.

BudgetSpent                     deferred to a timer until resume_at: uses no worker and no retry
TryLater, 74, 76, a bug         failed; Airflow retries, and it resumes where it stopped
credentials, configuration,     failed at once: no retry helps
usage, refused, 73
RowsRejected                    the other rows are done: a warning, or failed at once with on_rejected="fail"
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowRescheduleException

from etl.errors import (
    BudgetSpent,
    CannotCreate,
    ConfigurationError,
    CredentialsRefused,
    EtlError,
    RemoteRefused,
    RowsRejected,
    UsageError,
)

if TYPE_CHECKING:
    from etl.config.settings import Settings
    from etl.library import Stop

FINAL = (UsageError, RemoteRefused, CannotCreate, CredentialsRefused, ConfigurationError)
TOLD = ("run_id", "status", "tables", "received", "written", "duplicates", "rejected", "calls", "outcomes", "seconds")
Verb = Callable[["Settings", "Stop"], dict[str, Any]]


class ContactOperator(BaseOperator):
    """One call of `etl.library`, with the account's credentials from an etl.toml or from an Airflow connection.

    `config` is an etl.toml; `conn_id` names a connection whose address and credentials are taken for the account
    instead; without `config`, `state_dir` says where landed pages, cursors and the ledger are kept. That folder and
    `out` must be the same on every worker that may run the task.
    """

    template_fields: Sequence[str] = ("config", "conn_id", "state_dir", "out")

    def __init__(
        self,
        *,
        out: str,
        config: str | None = None,
        conn_id: str | None = None,
        state_dir: str | None = None,
        deferrable: bool = True,
        on_rejected: Literal["warn", "fail"] = "warn",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.out = out
        self.config = config
        self.conn_id = conn_id
        self.state_dir = state_dir
        self.deferrable = deferrable
        self.on_rejected = on_rejected
        self._stop: Stop | None = None

    def on_kill(self) -> None:
        """Save what came and end, because Airflow kills the task."""
        if self._stop is not None:
            self._stop.now()

    def resume(self, context: Any, event: Any = None) -> dict[str, Any]:
        """Resume where it stopped, after the timer."""
        result: dict[str, Any] = self.execute(context)
        return result

    def call(self, account: str, verb: Verb) -> dict[str, Any]:
        """Make the call; return its summary, or raise Airflow's exception for its error."""
        from etl.library import Stop, summary_of

        self._stop = Stop()
        try:
            return verb(self._settings(account), self._stop)
        except RowsRejected as rejected:
            if self.on_rejected == "fail":
                raise AirflowFailException(str(rejected)) from None
            self.log.warning("%s", rejected)
            return summary_of(rejected)
        except BudgetSpent as spent:
            self._come_back(spent)
        except FINAL as error:
            raise AirflowFailException(str(error)) from None
        except EtlError as error:
            raise AirflowException(str(error)) from None

    def _settings(self, account: str) -> Settings:
        from etl.airflow.hooks import keys_of
        from etl.library import settings_of, with_account

        if self.conn_id:
            from airflow.sdk import BaseHook

            keys = keys_of(BaseHook.get_connection(self.conn_id))
            return with_account(self.config, account, keys, state_dir=self.state_dir)
        if not self.config:
            raise ConfigurationError("Neither config nor conn_id is given.", remedy="Name an etl.toml.")
        loaded = settings_of(self.config)
        if not self.state_dir:
            return loaded
        from pathlib import Path

        return loaded.model_copy(update={"state": loaded.state.model_copy(update={"dir": Path(self.state_dir)})})

    def _come_back(self, spent: BudgetSpent) -> NoReturn:
        at = spent.resume_at or datetime.now(UTC) + timedelta(hours=1)
        self.log.info("%s Going on at %s.", spent.message, at.isoformat())
        if self.deferrable:
            from airflow.providers.standard.triggers.temporal import DateTimeTrigger

            self.defer(trigger=DateTimeTrigger(moment=at), method_name="resume")
        raise AirflowRescheduleException(at)


def small(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a summary that goes into XCom: counts and paths."""
    return {key: summary[key] for key in TOLD if summary.get(key) is not None}


def given(value: str | None) -> str | None:
    """A rendered template, None if it is blank or "None"."""
    return value if value and value != "None" else None

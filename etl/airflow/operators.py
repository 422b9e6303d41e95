"""The operators: an export, a push, a migration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.exceptions import AirflowFailException

from etl.airflow.assets import ALIASES, tell_assets
from etl.airflow.claims import claim
from etl.airflow.contact_operator import ContactOperator, small

if TYPE_CHECKING:
    from etl.library import Stop
    from etl.library.arguments import Format
    from etl.settings import Settings

LEDGER = "contact-etl ledger"


class ContactExportOperator(ContactOperator):
    """Export one account's streams (its default ones where none is named) to `out`.

    `since="last"` fetches what changed since the last export, by our own cursor: a DAG run's data interval may be of
    no length, and a manual run may have none. `until` is a time the tables have to reach; a blank one is none.
    """

    template_fields: Sequence[str] = (*ContactOperator.template_fields, "account", "streams", "since", "until")
    ui_color: ClassVar[str] = "#d5e8d4"

    def __init__(
        self,
        *,
        account: str,
        streams: Sequence[str] = (),
        since: str | None = "last",
        until: str | None = None,
        formats: Sequence[Format] = ("parquet",),
        full: bool = False,
        accept_deletions: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(outlets=_with_aliases(kwargs.pop("outlets", None)), **kwargs)
        self.account = account
        self.streams = streams
        self.since = since
        self.until = until
        self.formats = formats
        self.full = full
        self.accept_deletions = accept_deletions

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Airflow has to see the outlets of mapped tasks before they run: two that ended at once would both make the
        alias, and one of them fail."""
        return super().partial(outlets=_with_aliases(kwargs.pop("outlets", None)), **kwargs)

    def execute(self, context: Any) -> dict[str, Any]:
        def verb(settings: Settings, stop: Stop) -> dict[str, Any]:
            from etl.library import export_account

            self._claim(settings, context)
            return export_account(
                settings,
                self.account,
                self.streams or (),
                _given(self.since),
                _given(self.until),
                self.out,
                formats=self.formats,
                full=self.full,
                accept_deletions=self.accept_deletions,
                stop=stop,
            )

        summary = self.call(self.account, verb)
        tell_assets(context["outlet_events"], summary)
        return small(summary)

    def _claim(self, settings: Settings, context: Any) -> None:
        from etl.workspace import select

        chosen = select(settings, [f"{self.account}.{stream}" for stream in self.streams or ()] or [self.account])
        ti = context["ti"]
        claim(
            Path(self.out),
            [f"{account.name}.{stream.name}" for account, stream in chosen],
            run=f"{ti.dag_id} {ti.run_id}",
            task=ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]",
        )


class ContactSendOperator(ContactOperator):
    """What push and migration have in common: rows go `to` ACCOUNT.STREAM, and the ledger knows which went already.

    What is in doubt is looked up before it is sent again. That needs the ledger of the earlier try: a retry that finds
    another one, as on a worker with a disk of its own, fails at once and sends nothing. Where the ledger is really
    lost, `rebuild_ledger=True` looks every row up first.
    """

    def __init__(self, *, to: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.to = to

    def must_know_the_ledger(self, settings: Settings, context: Any) -> None:
        from etl.library.ledger import ledger_of

        kept, store = ledger_of(settings, self.to), context["task_state_store"]
        known = store.get(LEDGER)
        if known is not None and known != kept:
            raise AirflowFailException(
                f"The ledger in {settings.state.dir} is not the one of this task's earlier try, which may have sent "
                "rows: nothing is sent. Run it where that folder is, or with rebuild_ledger=True."
            )
        store.set(LEDGER, kept)


class ContactPushOperator(ContactSendOperator):
    """Push the rows of files to ACCOUNT.STREAM, each exactly once; `options` are those of `etl.library.push_rows`."""

    template_fields: Sequence[str] = (*ContactOperator.template_fields, "files", "to", "options")
    ui_color: ClassVar[str] = "#ffe6cc"

    def __init__(
        self,
        *,
        files: Sequence[str] | str,
        rebuild_ledger: bool = False,
        options: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.files = files
        self.rebuild_ledger = rebuild_ledger
        self.options = options

    def execute(self, context: Any) -> dict[str, Any]:
        def verb(settings: Settings, stop: Stop) -> dict[str, Any]:
            from etl.library import push_rows

            if not self.rebuild_ledger:
                self.must_know_the_ledger(settings, context)
            files = [self.files] if isinstance(self.files, str) else self.files
            return push_rows(
                settings,
                files,
                self.to,
                self.out,
                rebuild_ledger=self.rebuild_ledger,
                stop=stop,
                **(self.options or {}),
            )

        return small(self.call(self.to.partition(".")[0], verb))


class ContactMigrateOperator(ContactSendOperator):
    """Bring the rows of `source`, ACCOUNT[.STREAM], over to ACCOUNT.STREAM; `options` are those of
    `etl.library.migrate_account`. Both accounts stand in `config`; `conn_id` is for the one that is written to."""

    template_fields: Sequence[str] = (*ContactOperator.template_fields, "source", "to", "options")
    ui_color: ClassVar[str] = "#ffe6cc"

    def __init__(self, *, source: str, options: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.options = options

    def execute(self, context: Any) -> dict[str, Any]:
        def verb(settings: Settings, stop: Stop) -> dict[str, Any]:
            from etl.library import migrate_account

            self.must_know_the_ledger(settings, context)
            return migrate_account(settings, self.source, self.to, self.out, stop=stop, **(self.options or {}))

        return small(self.call(self.to.partition(".")[0], verb))


def _with_aliases(outlets: Sequence[Any] | None) -> list[Any]:
    given = list(outlets or ())
    return [*given, *(alias for alias in ALIASES.values() if alias not in given)]


def _given(value: str | None) -> str | None:
    """A template that had nothing to show renders as nothing, or as "None"."""
    return value if value and value != "None" else None

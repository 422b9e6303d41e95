"""The operators: an export, a push, a migration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from etl.airflow.assets import ALIASES, tell_assets
from etl.airflow.base_operator import ContactOperator, given, small
from etl.airflow.claims import claim
from etl.airflow.senders import ContactMigrateOperator, ContactPushOperator

if TYPE_CHECKING:
    from etl.config.settings import Settings
    from etl.library import Stop
    from etl.library.arguments import Format

__all__ = ["ContactExportOperator", "ContactMigrateOperator", "ContactPushOperator"]


class ContactExportOperator(ContactOperator):
    """Export one account's streams (its default ones where none is named) to `out`.

    `since="last"` fetches what changed since the last export, by our own cursor: a DAG run's data interval may be
    empty, and a manual run may have none. `until` is a time the tables have to reach; a blank one is ignored.
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
        accept_rejects: bool = False,
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
        self.accept_rejects = accept_rejects

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Declare the outlets of mapped tasks before they run: else two that end at once would both create the alias,
        and one of them would fail."""
        return super().partial(outlets=_with_aliases(kwargs.pop("outlets", None)), **kwargs)

    def execute(self, context: Any) -> dict[str, Any]:
        def verb(settings: Settings, stop: Stop) -> dict[str, Any]:
            from etl.library import export_account

            self._claim(settings, context)
            return export_account(
                settings,
                self.account,
                self.streams or (),
                given(self.since),
                given(self.until),
                self.out,
                formats=self.formats,
                full=self.full,
                accept_deletions=self.accept_deletions,
                accept_rejects=self.accept_rejects,
                stop=stop,
            )

        summary = self.call(self.account, verb)
        tell_assets(context["outlet_events"], summary)
        return small(summary)

    def _claim(self, settings: Settings, context: Any) -> None:
        from etl.runs.workspace import select

        chosen = select(settings, [f"{self.account}.{stream}" for stream in self.streams or ()] or [self.account])
        ti = context["ti"]
        claim(
            Path(self.out),
            [f"{account.name}.{stream.name}" for account, stream in chosen],
            run=f"{ti.dag_id} {ti.run_id}",
            task=ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]",
        )


def _with_aliases(outlets: Sequence[Any] | None) -> list[Any]:
    given = list(outlets or ())
    return [*given, *(alias for alias in ALIASES.values() if alias not in given)]

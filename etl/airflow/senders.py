"""The operators that write: a push, a migration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import XComArg
from airflow.sdk.exceptions import AirflowFailException

from etl.airflow.base_operator import ContactOperator, small
from etl.airflow.options import check_options, rendered, together

if TYPE_CHECKING:
    from etl.config.settings import Settings
    from etl.library import Stop
    from etl.library.migrate import Kind
    from etl.push.push_order import Keys, Match, Mode, OnConflict, Proof, Reference
    from etl.tables.dialect import DialectName

LEDGER = "contact-etl ledger"
TEMPLATED = ("mode", "match", "ignore", "on_conflict", "proof", "stop_after_errors", "dialect")
FIXED = ("reference", "limit", "clear_empty", "recreate_missing", "strict", "dry_run", "rebuild_ledger")
"""Numbers and flags: a template renders as text."""


class ContactSendOperator(ContactOperator):
    """The common part of push and migration: rows go `to` ACCOUNT.STREAM, and the ledger knows which were sent already.

    Options are those of the library's call, by name (None: the call's default) or in `options`, and checked while the
    DAG is parsed. Rows in doubt are looked up before they are sent again. That needs the ledger of the earlier try: a
    retry that finds another one, as on a worker with its own disk, fails at once and sends nothing. If the ledger is
    really lost, `rebuild_ledger=True` looks every row up first.
    """

    template_fields: Sequence[str] = (*ContactOperator.template_fields, "to", "options", *TEMPLATED)
    ui_color: ClassVar[str] = "#ffe6cc"
    calls: ClassVar[str]
    templated: ClassVar[tuple[str, ...]] = TEMPLATED
    fixed: ClassVar[tuple[str, ...]] = FIXED
    own: ClassVar[tuple[str, ...]] = ("settings", "to", "out", "stop")

    def __init__(
        self,
        *,
        to: str,
        mode: Mode | None = None,
        match: Match | None = None,
        reference: Reference | None = None,
        limit: int | None = None,
        ignore: Sequence[str] | None = None,
        on_conflict: OnConflict | None = None,
        clear_empty: bool | None = None,
        recreate_missing: bool | None = None,
        proof: Proof | None = None,
        strict: bool | None = None,
        stop_after_errors: int | str | None = None,
        dialect: DialectName | None = None,
        dry_run: bool | None = None,
        rebuild_ledger: bool | None = None,
        options: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.mode = mode
        self.match = match
        self.ignore = ignore
        self.on_conflict = on_conflict
        self.proof = proof
        self.stop_after_errors = stop_after_errors
        self.dialect = dialect
        self.options = options
        self._fixed: dict[str, Any] = {  # not as attributes: Airflow has a dry_run of its own
            "reference": reference, "limit": limit, "clear_empty": clear_empty, "recreate_missing": recreate_missing,
            "strict": strict, "dry_run": dry_run, "rebuild_ledger": rebuild_ledger,
        }  # fmt: skip

    @classmethod
    def partial(cls, **kwargs: Any) -> Any:
        """Check the shared options of mapped tasks while the DAG is parsed: the tasks are created as they run."""
        named = {name: kwargs.get(name) for name in (*cls.templated, *cls.fixed)}
        cls._check(named, kwargs.get("options"))
        return super().partial(**kwargs)

    @classmethod
    def _check(cls, named: Mapping[str, Any], options: Mapping[str, Any] | None) -> None:
        known = None if isinstance(options, str | XComArg) else options
        never_rendered = [name for name in cls.fixed if named[name] is not None]
        check_options(cls.calls, together(named, known, cls.own), never_rendered)

    def check(self) -> None:
        """Check the options. Raises UsageError."""
        self._check(self._named(), self.options)

    def _named(self) -> dict[str, Any]:
        return {**{name: getattr(self, name) for name in self.templated}, **self._fixed}

    def send(self, context: Any, **rows: Any) -> dict[str, Any]:
        """Make the call; `rows` selects what is sent."""

        def verb(settings: Settings, stop: Stop) -> dict[str, Any]:
            from etl import library

            arguments = rendered(together(self._named(), self.options, self.own))
            if not (arguments.get("rebuild_ledger") or arguments.get("dry_run")):
                self.must_know_the_ledger(settings, context)
            call = getattr(library, self.calls)
            summary: dict[str, Any] = call(settings, to=self.to, out=self.out, stop=stop, **rows, **arguments)
            return summary

        return small(self.call(self.to.partition(".")[0], verb))

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
    """Push the rows of files to ACCOUNT.STREAM, each exactly once, as `etl.push_rows` does."""

    calls: ClassVar[str] = "push_rows"
    templated: ClassVar[tuple[str, ...]] = (
        *TEMPLATED,
        "mapping",
        "key",
        "source",
        "keys",
        "children",
        "sheet",
        "child_sheets",
    )
    own: ClassVar[tuple[str, ...]] = (*ContactSendOperator.own, "files")
    template_fields: Sequence[str] = (
        *ContactSendOperator.template_fields, "files", "mapping", "key", "source", "keys", "children", "sheet",
        "child_sheets",
    )  # fmt: skip

    def __init__(
        self,
        *,
        files: Sequence[str] | str,
        mapping: str | None = None,
        key: str | None = None,
        source: str | None = None,
        keys: Keys | None = None,
        children: Mapping[str, str] | None = None,
        sheet: str | None = None,
        child_sheets: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.files = files
        self.mapping = mapping
        self.key = key
        self.source = source
        self.keys = keys
        self.children = children
        self.sheet = sheet
        self.child_sheets = child_sheets
        self.check()

    def execute(self, context: Any) -> dict[str, Any]:
        return self.send(context, files=[self.files] if isinstance(self.files, str) else self.files)


class ContactMigrateOperator(ContactSendOperator):
    """Bring the rows of `source`, ACCOUNT[.STREAM], over to ACCOUNT.STREAM, as `etl.migrate_account` does. Both
    accounts stand in `config`; `conn_id` is for the one that is written to."""

    calls: ClassVar[str] = "migrate_account"
    templated: ClassVar[tuple[str, ...]] = (*TEMPLATED, "kind")
    fixed: ClassVar[tuple[str, ...]] = (*FIXED, "include_inactive", "accept_deletions", "accept_rejects")
    own: ClassVar[tuple[str, ...]] = (*ContactSendOperator.own, "source")
    template_fields: Sequence[str] = (*ContactSendOperator.template_fields, "source", "kind")

    def __init__(
        self,
        *,
        source: str,
        kind: Kind | None = None,
        include_inactive: bool | None = None,
        accept_deletions: bool | None = None,
        accept_rejects: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.kind = kind
        self._fixed |= {
            "include_inactive": include_inactive,
            "accept_deletions": accept_deletions,
            "accept_rejects": accept_rejects,
        }
        self.check()

    def execute(self, context: Any) -> dict[str, Any]:
        return self.send(context, source=self.source)

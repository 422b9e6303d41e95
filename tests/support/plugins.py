"""Systems that are declared outside the package: as an installed package, and as a file beside etl.toml."""

from __future__ import annotations

from pathlib import Path

CRM = """
from etl.systems.declare import Context, Field, MovingWindow, Stream, System, Text, published, raw_names, wires

FIELDS = {
    "id": Field(Text(), "source_id"),
    "full_name": Field(Text(), "display_name"),
    "mail": Field(Text(), "email"),
    "land": Field(Text(), "country_code", raw="country"),
}


def contacts(frame, context: Context):
    import polars as pl

    from etl.normalise.contacts import normalise_contacts
    from etl.systems.shared.tables import stamped

    names = raw_names(FIELDS)
    raw = frame.select("extracted_at", *(pl.col(name).alias(column) for column, name in names.items()))
    rows = normalise_contacts(raw, country=context.country, timezone=context.timezone, own_names=names)
    rows = rows.with_columns(kind=pl.lit("customer"), active=pl.lit(True))
    return {"contacts": stamped(rows, "contacts", context)}


CRM = System(
    id="crm",
    title="A CRM",
    auth=("basic",),
    limits=(MovingWindow(600, seconds=60),),
    refusal=lambda body: None,
    probe=("people", {}),
    options={"shelf": "main"},
    streams=(
        Stream(
            name="people",
            path="/{shelf}/people",
            get="/{shelf}/people/{id}",
            find="/{shelf}/search",
            find_parameters={"nickname": "nick"},
            wire=wires(FIELDS),
            key="id",
            into=contacts,
            tables=("contacts",),
            names={"contacts": published(FIELDS)},
        ),
    ),
)
"""
ACCOUNT = """
[accounts.crm]
system = "crm"
base_url = "{url}"
username = "office"
password = "s3cr3t-password"
shelf = "upper"
"""


def install(site: Path, text: str, *, name: str = "contact_crm", system: str = "crm", attribute: str = "CRM") -> Path:
    """Install a package of one module below a folder, as pip leaves it, and return the file that its import marks."""
    marker = site / f"{name}.imported"
    site.mkdir(exist_ok=True)
    noting = f"open({str(marker)!r}, 'a').write('x')\n"
    (site / f"{name}.py").write_text(noting + text, "utf-8")
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    distribution = name.replace("_", "-")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[contact_etl.systems]\n{system} = {name}:{attribute}\n", "utf-8")
    return marker


def people(count: int) -> list[dict[str, str | int]]:
    """Records as that system's API tells them."""
    return [{"id": n + 1, "full_name": f"Jansen {n + 1}", "mail": f"j{n + 1}@example.nl"} for n in range(count)]

"""Systems that are declared outside the package: as an installed package, and as a file beside etl.toml."""

from __future__ import annotations

from pathlib import Path

GUIDE = (Path(__file__).parents[2] / "docs" / "add-a-system.md").read_text("utf-8")
SHOWN = [block.partition("```")[0] for block in GUIDE.split("```python\n")[1:]]
"""The declarations that the guide shows, word for word."""
CRM = next(block for block in SHOWN if block.lstrip().startswith("from") and "def contacts(" in block)
"""The one with an `into` of its own."""
ACCOUNT = """
[accounts.crm]
system = "crm"
base_url = "{url}"
username = "office"
password = "s3cr3t-password"
shelf = "upper"
"""


def install(
    site: Path,
    text: str,
    *,
    name: str = "contact_crm",
    system: str = "crm",
    attribute: str = "CRM",
    group: str = "systems",
) -> Path:
    """Install a package of one module below a folder, as pip leaves it, and return the file that its import marks."""
    marker = site / f"{name}.imported"
    site.mkdir(exist_ok=True)
    noting = f"open({str(marker)!r}, 'a').write('x')\n"
    (site / f"{name}.py").write_text(noting + text, "utf-8")
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    distribution = name.replace("_", "-")
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", "utf-8")
    (metadata / "entry_points.txt").write_text(f"[contact_etl.{group}]\n{system} = {name}:{attribute}\n", "utf-8")
    return marker


def people(count: int) -> list[dict[str, str | int]]:
    """Records as that system's API tells them."""
    return [{"id": n, "full_name": f"Jansen {n}", "mail": f"j{n}@example.nl", "shoes": 41} for n in range(1, count + 1)]

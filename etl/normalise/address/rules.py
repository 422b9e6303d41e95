"""The rules that `address_rule` may name, and the columns of which `address_alternative` tells."""

from typing import Literal, get_args

Rule = Literal[
    "plain", "postfix", "range", "unit", "relative", "extra", "box", "po_box", "two_readings", "glued", "number_first",
    "number_word", "leading_figure", "no_number", "year", "years", "area", "ordinal", "hyphen", "date", "counted",
    "square", "road", "zone", "parts",
]  # fmt: skip
RULES: tuple[Rule, ...] = get_args(Rule)

ALTERNATIVE = r"^(?:street|house_number|house_number_postfix)="
"""How a text of `address_alternative` begins."""

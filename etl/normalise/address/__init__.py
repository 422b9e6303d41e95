"""Split address lines and address parts into street, number, postfix and box, and flag doubtful ones."""

from etl.normalise.address.fields import repair
from etl.normalise.address.line import split
from etl.normalise.address.policy import ADDRESS_SCHEMA, Policy
from etl.normalise.address.render import render

__all__ = ["ADDRESS_SCHEMA", "Policy", "render", "repair", "split"]

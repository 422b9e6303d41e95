"""Address lines and parts of addresses, split into street, number, postfix and box, with what is doubtful flagged."""

from etl.normalise.address.fields import repair
from etl.normalise.address.line import split
from etl.normalise.address.policy import ADDRESS_SCHEMA, Policy
from etl.normalise.address.spelling import render

__all__ = ["ADDRESS_SCHEMA", "Policy", "render", "repair", "split"]

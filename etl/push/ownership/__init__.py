"""Whose a record is: ours only by proof."""

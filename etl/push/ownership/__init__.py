"""Ownership of records: a record is ours only by proof."""

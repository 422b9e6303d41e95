"""Outcomes in doubt: looked up at the target until they are settled."""

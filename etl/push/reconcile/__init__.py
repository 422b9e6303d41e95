"""Reconcile outcomes in doubt: look them up at the target until they are settled."""

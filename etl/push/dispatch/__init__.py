"""Dispatch: many jobs in flight, each with a durable intent before its first byte, and done only once it was seen."""

"""Sending: many jobs in flight, the intent of each durable before its first byte, and none done that was not seen."""

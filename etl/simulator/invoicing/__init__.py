"""Simulate the invoicing API."""

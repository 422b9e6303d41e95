"""Simulate Moneybird."""

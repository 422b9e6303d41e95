"""Simulate Recras."""

"""Recras, simulated."""

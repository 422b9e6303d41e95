"""Moneybird: read and write its contacts."""

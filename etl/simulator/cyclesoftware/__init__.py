"""Simulate CycleSoftware."""

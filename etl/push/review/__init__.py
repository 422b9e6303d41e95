"""Rows that are for people to decide: shown with both sides, decided, and written down."""

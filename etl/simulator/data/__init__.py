"""Invented people, firms and places, drawn from a seed, and how they get typed."""

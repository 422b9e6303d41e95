"""Recras: its contacten, klanten and producten, read and written."""

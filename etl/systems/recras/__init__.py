"""Recras: read and write its contacten, klanten and producten."""

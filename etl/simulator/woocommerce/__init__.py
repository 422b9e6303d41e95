"""Simulate WooCommerce's customers."""

"""Simulate Exact Online's accounts and contacts, and where its access tokens come from."""

from contact_etl_exact.simulator.api import EXACT

__all__ = ["EXACT"]

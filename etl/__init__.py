"""Contact data of shops, leisure parks and offices: out of their APIs, clean, and back in where it should go."""

from __future__ import annotations

__version__ = "0.1.0"

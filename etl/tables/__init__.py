"""Build tables from landed pages."""

from etl.tables.build import Build, Built, Plan
from etl.tables.current import rebuild

__all__ = ["Build", "Built", "Plan", "rebuild"]

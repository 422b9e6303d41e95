"""From what landed to tables."""

from etl.build.build import Build, Built, Plan
from etl.build.view import rebuild

__all__ = ["Build", "Built", "Plan", "rebuild"]

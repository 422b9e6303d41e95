"""The runs that produce tables, and the life cycle that all runs share: begin, stop, report, end."""

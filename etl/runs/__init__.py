"""The runs that make tables, and what every run shares: how it begins, is stopped, reports and ends."""

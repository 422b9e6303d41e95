"""The server behind every simulated API: requests, faults, limits, stores and their clock."""

"""The server of every simulated API: requests, faults, limits, stores and their clock."""

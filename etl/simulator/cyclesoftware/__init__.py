"""CycleSoftware, simulated."""

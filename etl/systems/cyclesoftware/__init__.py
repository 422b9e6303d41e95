"""CycleSoftware: read and write its customers."""

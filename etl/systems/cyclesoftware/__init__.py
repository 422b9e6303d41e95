"""CycleSoftware: its customers, read and written."""

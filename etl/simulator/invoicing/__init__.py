"""The invoicing API, simulated."""

"""Read the configuration: etl.toml, its secrets, and the identity of an account's shop."""

"""Configuration: etl.toml, where its secrets come from, and which shop an account is at."""

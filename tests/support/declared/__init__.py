"""Systems of plain fields, each a file that goes beside an etl.toml as it is."""

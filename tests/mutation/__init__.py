"""Change one operator, constant or call of `etl` at a time, and see whether a test notices."""

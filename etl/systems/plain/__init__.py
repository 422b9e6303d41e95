"""What follows from a table of fields: how records are read into tables, and what in such a table cannot work."""

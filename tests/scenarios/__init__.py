"""Files that go through a Dutch spreadsheet between two commands, from end to end."""

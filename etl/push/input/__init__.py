"""Read the input of a push: files of any shape become rows of the target's table, every column accounted for."""

"""What is to be pushed: files of whatever shape, read as rows of the target's table, every column accounted for."""

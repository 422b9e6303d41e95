"""What the rooms of several systems use: tables and persons to read into, addresses, cells and bodies to write from."""

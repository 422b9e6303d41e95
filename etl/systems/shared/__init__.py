"""What several systems share: tables and persons for reading; addresses, cells and bodies for writing."""

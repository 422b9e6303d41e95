"""The invoicing API: its contacts, read and written."""

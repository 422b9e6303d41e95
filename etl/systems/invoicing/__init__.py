"""The invoicing API: read and write its contacts."""

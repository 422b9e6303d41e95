"""Exact Online for contact-etl: accounts and contacts, to be read, and their simulator."""

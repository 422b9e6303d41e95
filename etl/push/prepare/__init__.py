"""Prepare each row: decide what is to be done with it before anything is sent."""

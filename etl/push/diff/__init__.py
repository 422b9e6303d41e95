"""Records and rows side by side: where they differ, whose change stands, and what is only spelt otherwise."""

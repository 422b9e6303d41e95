"""Review: show rows that need a person's decision beside their records, and store the decisions."""

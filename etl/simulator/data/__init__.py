"""Draw invented people, firms and towns from a seed, and type them as people do."""

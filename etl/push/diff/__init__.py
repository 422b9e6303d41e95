"""Compare records and rows: find differences, merge changes of both sides, and recognise mere spellings."""

"""An API that nobody imitates by hand: what it does follows from its declaration."""

"""How many calls a job needs, and when it would be done: reckoned beforehand, or played through the budget."""

"""Plan how many calls a job needs, and when it would be done: by forecast, or simulated through the budget."""

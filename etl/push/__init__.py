"""Rows into a target: each arrives once, and of every other it is said why not.

    files -> rows -> drafts -> jobs --intent durable--> one attempt each -> done | rejected | in doubt
                                          ^                                          |
                                          +---- proven absent, by looking twice -----+-> done | review

The ledger (etl.state.ledger) is written before and after every call; results and rejects are made of it.
"""

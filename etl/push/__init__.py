"""Push rows to a target: each arrives exactly once, or is reported with the reason why not.

    files -> rows -> drafts -> jobs --intent durable--> one attempt each -> done | rejected | in doubt
                                          ^                                          |
                                          +---- proven absent by two look-ups -------+-> done | review

The ledger (etl.state.ledger) is written before and after every call; results and rejects are made from it.
"""

"""At home in Airflow 3.3: `pip install 'contact-etl[airflow]'`.

    operators.py   an account's export; senders.py: a push, a migration. Each is one library call
    options.py     the options of a push, as a DAG says them: checked while it is parsed
    dags.py        a DAG out of an etl.toml: a mapped task an account, in chunks
    hooks.py       a connection type a system, and trying its credentials
    assets.py      an asset a table, with its number of rows
    claims.py      no two tasks of a run write the same files
    provider.py    what Airflow reads of all this

Nothing is imported here, and only light modules at the top of these: Airflow forks its workers, and polars does not
like to be forked.
"""

"""Run exports and pushes in Airflow 3.3: `pip install 'contact-etl[airflow]'`.

    operators.py   an account's export; senders.py: a push, a migration. Each is one library call
    options.py     the options of a push in a DAG: checked while it is parsed
    dags.py        a DAG from an etl.toml: a mapped task per account, in chunks
    hooks.py       a connection type per system, and a test of its credentials
    assets.py      an asset per table, with its number of rows
    claims.py      no two tasks of a run write the same files
    provider.py    the provider metadata that Airflow reads

Nothing is imported here, and only light modules at the top of these: Airflow forks its workers, and polars is not
fork-safe.
"""

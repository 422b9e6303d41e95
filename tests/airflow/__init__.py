"""What needs a real Airflow: `make test-airflow`, which installs one and names it in AIRFLOW_BIN."""

#!/usr/bin/env bash
# Exports every stream of the built-in simulator to Parquet and CSV. Usage: samples/demo.sh [OUT]
set -euo pipefail
out=${1:-out}
work=$out/demo
rm -rf "$work"
mkdir -p "$work"

etl simulate --rows 1000 --seed 1 > "$work/simulator.json" &
simulator=$!
trap 'kill "$simulator" 2>/dev/null || true; wait "$simulator" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    [ -s "$work/simulator.json" ] && break
    kill -0 "$simulator" 2>/dev/null || { echo "The simulator did not start." >&2; exit 1; }
    sleep 0.1
done
base_url=$(sed 's/.*"base_url": *"\([^"]*\)".*/\1/' "$work/simulator.json")

umask 077
cat > "$work/etl.toml" <<TOML
[accounts.bikes]
system   = "cyclesoftware"
base_url = "$base_url"
username = "demo"
password = "demo"

[accounts.park]
system   = "recras"
base_url = "$base_url"
api_key  = "demo"

[accounts.books]
system   = "invoicing"
base_url = "$base_url"
username = "demo"
password = "demo"

[accounts.office]
system   = "moneybird"
base_url = "$base_url"
api_key  = "demo"
administration_id = "123"

[accounts.shop]
system   = "woocommerce"
base_url = "$base_url"
username = "demo"
password = "demo"

[state]
budgets = "budgets.db"      # a simulator's port may have been another's before
TOML

etl export bikes park park.klanten books office shop --config "$work/etl.toml" --out "$out" --format parquet --format csv
echo "The tables are under $out/, for instance $out/contacts/bikes.customers.csv; the configuration is $work/etl.toml."

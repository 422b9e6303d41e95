"""tap | target, two processes joined by a pipe, as Meltano runs them."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--base-url", required=True)
parser.add_argument("--out", required=True, type=Path)
options = parser.parse_args()

folder = Path(__file__).parent
configs = {"tap": {"base_url": options.base_url}, "target": {"out": str(options.out)}}
commands = {}
for name, config in configs.items():
    written = options.out / f"{name}.json"
    written.write_text(json.dumps(config), "utf-8")
    commands[name] = [sys.executable, str(folder / f"singer_{name}.py"), "--config", str(written)]
with (
    subprocess.Popen(commands["tap"], stdout=subprocess.PIPE) as tap,
    subprocess.Popen(commands["target"], stdin=tap.stdout, stdout=subprocess.DEVNULL) as target,
):
    assert tap.stdout is not None
    tap.stdout.close()  # so that the tap notices when the target ends
sys.exit(tap.returncode or target.returncode)

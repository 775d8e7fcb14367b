"""The nightly run, beside hand-written SQL and beside an ORM loop.

    python -m benchmarks.nightly --entities 100000
    python -m benchmarks.nightly --entities 4000000 --state FOLDER

It makes a city in a state folder of its own (kept, so that a second call measures at once), and
hands over to benchmarks.nightly_measures.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    state = options.state or ROOT / "var" / f"bench-{options.entities}"
    os.environ["SANDBOX_VAR"] = str(state.resolve())
    made = state / "city-made"
    if not made.exists():
        manage("migrate", "-v0")
        manage("seed_reference")
        began = time.monotonic()
        manage("make_demo", "--entities", str(options.entities), "--seed", "1")
        print(f"make_demo: {time.monotonic() - began:.1f} s")
        made.touch()
    call = f"from benchmarks import nightly_measures; nightly_measures.measure({options.repeat})"
    manage("shell", "--no-imports", "-c", call)


if __name__ == "__main__":
    main()

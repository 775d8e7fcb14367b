"""How long the pages take in a generated city, for a district officer and for the city.

    python -m benchmarks.pages --state FOLDER [--repeat 5]

``FOLDER`` is the state folder of a city made by benchmarks.nightly (or by make_demo), with the
accounts of make_demo_accounts. Every page goes through the whole of Django with its test client,
without the web server; caches are off. Printed are the first time, the median and the slowest of
the repeats in milliseconds, and the number of statements.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    os.environ["SANDBOX_VAR"] = str(options.state.resolve())
    call = f"from benchmarks import page_measures; page_measures.measure({options.repeat})"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", call], cwd=ROOT, check=True
    )


if __name__ == "__main__":
    main()

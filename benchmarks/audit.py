"""What the change log costs the bulk paths, and what the sealer costs who writes meanwhile.

    python -m benchmarks.audit

It makes a city in a state folder of its own (kept, so that a second call measures at once), and
hands over to benchmarks.audit_measures. "Without" is the same work with the log's triggers switched
off by the owner; both are done in turn, so that a busy machine disturbs both alike.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--entities", type=int, default=300_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    state = options.state or ROOT / "var" / f"bench-audit-{options.entities}"
    os.environ |= {"SANDBOX_VAR": str(state.resolve()), "DEMO": "0", "DEBUG": "0"}
    made = state / "city-made"
    if not made.exists():
        manage("migrate", "-v0")
        manage("seed_reference")
        manage("make_demo", "--entities", str(options.entities), "--seed", "1")
        manage("retag", "--release", "基准测试")
        made.touch()
    call = (
        "from benchmarks import audit_measures;"
        f" audit_measures.measure({options.repeat}, {options.lines})"
    )
    manage("shell", "--no-imports", "-c", call)


if __name__ == "__main__":
    main()

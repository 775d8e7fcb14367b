"""`make bench`: the nightly run on a city of 100,000 and the import of 1,000,000 rows.

The city of four million is measured by `python -m benchmarks.nightly --entities 4000000`.
"""

import subprocess
import sys

for words in (("nightly", "--entities", "100000"), ("import_register", "--rows", "1000000")):
    print(f"== benchmarks.{' '.join(words)}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{words[0]}", *words[1:]], check=True)

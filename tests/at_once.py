"""Tries that run together, each on a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from core.errors import Refused


def at_once(*tries: Callable[[], Any]) -> list[str]:
    """Run the tries together; return "done" or the refusal of each, in their order."""
    together, outcomes = threading.Barrier(len(tries)), [""] * len(tries)

    def tried(number: int) -> None:
        try:
            together.wait(10)
            tries[number]()
            outcomes[number] = "done"
        except Refused as refusal:
            outcomes[number] = str(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=tried, args=(n,)) for n in range(len(tries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes

"""Stands in for a flow: tells the server that it runs, notes that it did, completes.

It asks what Prefect's engine asks, in a tenth of its time. The first argument names the file that
gets a line for each time that the run was allowed to begin, the second how long it takes.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

RUN = os.environ["PREFECT__FLOW_RUN_ID"]
URL = f"{os.environ['PREFECT_API_URL']}/flow_runs/{RUN}/set_state"


def proposed(kind: str) -> str:
    """Proposes a state until there is an answer; its status."""
    body = json.dumps({"state": {"type": kind, "name": kind.capitalize()}}).encode()
    headers = {"content-type": "application/json"}
    while True:
        request = urllib.request.Request(URL, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["status"]
        except OSError:
            time.sleep(0.3)


if proposed("RUNNING") == "ACCEPT":
    with open(sys.argv[1], "a", encoding="ascii") as file:
        file.write(f"{RUN}\n")
    time.sleep(float(sys.argv[2]))
    proposed("COMPLETED")

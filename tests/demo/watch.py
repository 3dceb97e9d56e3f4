"""Shows the demonstration's flow runs move from state to state, as the Prefect API tells it."""

import json
import os
import sys
import time
import urllib.error
import urllib.request

API = os.environ["PREFECT_API_URL"]
PATIENCE = 240


def ask(method: str, path: str, body: dict | None = None):
    """One request; a busy SQLite answers 503, and then it is asked again."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    for _ in range(60):
        request = urllib.request.Request(API + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            if error.code not in (429, 500, 503):
                raise
        time.sleep(0.5)
    raise SystemExit("the Prefect server stays busy")


def pool(name: str) -> None:
    """Waits until the work pool exists."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if ask("GET", f"/work_pools/{name}"):
            return
        time.sleep(0.2)
    raise SystemExit(f"work pool {name} was not made within 60 s")


def states(run: dict) -> list[dict]:
    found = ask("GET", f"/flow_run_states/?flow_run_id={run['id']}") or []
    return sorted(found, key=lambda state: state["timestamp"])


def label(state: dict) -> str:
    kind, name = state["type"], state["name"]
    return kind if kind == name.upper() else f"{kind} ({name})"


def flow_runs() -> list[dict]:
    """Those that a worker has taken; runs of later minutes wait in their schedule."""
    taken = {"state": {"type": {"not_any_": ["SCHEDULED"]}}}
    return ask("POST", "/flow_runs/filter", {"flow_runs": taken, "limit": 50})


def runs(*deployments: str) -> None:
    """Prints every new state until one run of each deployment has COMPLETED."""
    ids = {name: ask("GET", f"/deployments/name/greet/{name}")["id"] for name in deployments}
    names = {value: key for key, value in ids.items()}
    seen: dict[str, int] = {}
    done: set[str] = set()
    started = time.monotonic()
    while done != set(deployments):
        if time.monotonic() - started > PATIENCE:
            raise SystemExit(f"not COMPLETED within {PATIENCE} s: {set(deployments) - done}")
        for run in flow_runs():
            history = states(run)
            for state in history[seen.get(run["id"], 0) :]:
                clock = state["timestamp"][11:19]
                deployment = names.get(run["deployment_id"], "?")
                print(f"{clock}  {deployment:<13} {run['name']:<22} {label(state)}", flush=True)
                if state["type"] == "COMPLETED":
                    done.add(deployment)
                elif state["type"] in ("FAILED", "CRASHED", "CANCELLED"):
                    raise SystemExit(f"{run['name']} ended {label(state)}: {state['message']}")
            seen[run["id"]] = len(history)
        time.sleep(0.5)


def follow(path: str) -> None:
    """Prints the lines of a log as they come, until it is told to stop."""
    with open(path) as log:
        while True:
            line = log.readline()
            if line:
                print(f"worker | {line}", end="", flush=True)
            else:
                time.sleep(0.1)


def summary() -> None:
    """Counts the runs by their states."""
    counts: dict[str, int] = {}
    for run in flow_runs():
        counts[run["state_type"]] = counts.get(run["state_type"], 0) + 1
    text = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    print(f"Flow runs that were launched: {text}.")


if __name__ == "__main__":
    {"pool": pool, "runs": runs, "follow": follow, "summary": summary}[sys.argv[1]](*sys.argv[2:])

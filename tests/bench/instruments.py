"""What the bench measures with: a counting proxy, the audit log, a gate for pods, /proc."""

import errno
import json
import os
import pathlib
import subprocess
import time

import httpx


class Proxy:
    """A counting proxy in front of the Prefect API."""

    def __init__(self, cluster: str, *flags: str):
        self.process = subprocess.Popen(
            [cluster, "proxy", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        ready = json.loads(self.process.stdout.readline())
        self.url, self.control = ready["url"], ready["control"]

    def counts(self) -> list[dict]:
        """Every request and what it was answered."""
        return httpx.get(f"{self.control}/counts").json()

    def reset(self) -> None:
        httpx.post(f"{self.control}/reset").raise_for_status()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Audit:
    """What the API server's audit log says about the requests of one worker.

    It is told by its user agent; the Python worker has two clients, of which one names none.
    """

    AGENTS = {
        "ours": lambda agent: agent.startswith("kubectl-prefect/"),
        "python": lambda agent: agent.lower().startswith(("openapi-generator/", "kopf/")),
    }

    def __init__(self, path: str):
        self.path = pathlib.Path(path)
        self.start = 0

    def reset(self) -> None:
        self.start = self.path.stat().st_size

    def counts(self, name: str) -> list[dict]:
        counts: dict[tuple, int] = {}
        with self.path.open("rb") as log:
            log.seek(self.start)
            for line in log:
                event = json.loads(line)
                # A watch is counted when it begins, anything else when it has ended.
                begins = event["verb"] == "watch"
                if event["stage"] != ("ResponseStarted" if begins else "ResponseComplete"):
                    continue
                if not self.AGENTS[name](event.get("userAgent", "")):
                    continue
                what = event.get("objectRef", {})
                if what.get("namespace") != "bench":  # another worker's, of a test say
                    continue
                route = what["resource"]
                if "subresource" in what:
                    route += f"/{what['subresource']}"
                key = (event["verb"], route, event["responseStatus"]["code"])
                counts[key] = counts.get(key, 0) + 1
        return [
            {"method": verb, "route": route, "code": code, "count": count}
            for (verb, route, code), count in counts.items()
        ]


class Gate:
    """Lets pods wait without costing anything: each reads a pipe that nobody writes to."""

    def __init__(self, folder: pathlib.Path):
        self.path = folder / "gate"
        os.mkfifo(self.path, 0o666)
        self.path.chmod(0o666)
        folder.chmod(0o755)

    @property
    def command(self) -> str:
        return f"cat {self.path}"

    def open(self) -> None:
        """Lets go whoever waits now."""
        try:
            os.close(os.open(self.path, os.O_WRONLY | os.O_NONBLOCK))
        except OSError as error:
            if error.errno != errno.ENXIO:  # nobody waits
                raise


def status(pid: int) -> dict[str, float]:
    """Resident and peak memory in KiB, CPU time of all threads, also ended ones, in milliseconds."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(("VmRSS", "VmHWM")):
            name, value, _ = line.split()
            fields[name.rstrip(":")] = int(value)
    # The process's own clock, as clock_getcpuclockid(3) makes its number: /proc tells CPU time in
    # steps of 10 ms, which are 0.2 ms a run where there are 50.
    fields["cpu"] = time.clock_gettime_ns(~pid << 3 | 2) / 1e6
    return fields


def until(condition, seconds: float, what: str, pause: float = 0.02):
    """Waits until the condition gives something, and gives that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (value := condition()) is not None:
            return value
        time.sleep(pause)
    raise SystemExit(f"bench: gave up after {seconds:.0f} s waiting for {what}")


def retrying(call):
    """Repeats a request that a busy SQLite answers with 503."""
    for _ in range(60):
        response = call()
        if response.status_code not in (429, 500, 503):
            response.raise_for_status()
            return response
        time.sleep(0.5)
    raise SystemExit(f"bench: the server stayed busy: {response.status_code}")

"""Measures our worker and the Python worker, one after the other, on one cluster and one server.

Both talk through counting proxies, so that every request is seen from outside. The Jobs run a
short `sleep` instead of a flow: it is the worker that is measured. Prints one table with ratios.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import httpx

LABEL = "prefect.io/work-pool-name"


class Proxy:
    """A counting proxy in front of one of the two APIs."""

    def __init__(self, cluster: str, *flags: str):
        self.process = subprocess.Popen(
            [cluster, "proxy", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        ready = json.loads(self.process.stdout.readline())
        self.url, self.control = ready["url"], ready["control"]

    def counts(self) -> list[dict]:
        return httpx.get(f"{self.control}/counts").json()

    def reset(self) -> None:
        httpx.post(f"{self.control}/reset").raise_for_status()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def status(pid: int) -> dict[str, int]:
    """Resident and peak memory in KiB, CPU time in milliseconds."""
    fields = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(("VmRSS", "VmHWM")):
            name, value, _ = line.split()
            fields[name.rstrip(":")] = int(value)
    times = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    ticks = int(times[11]) + int(times[12])
    fields["cpu"] = ticks * 1000 // os.sysconf("SC_CLK_TCK")
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


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.ready = json.loads(pathlib.Path(arguments.ready).read_text())
        self.api = httpx.Client(base_url=self.ready["prefectApiUrl"], timeout=60)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kubectl-prefect-bench-"))
        self.prefect = Proxy(
            arguments.cluster, "--target", self.ready["prefectApiUrl"].removesuffix("/api")
        )
        self.kubernetes = Proxy(arguments.cluster, "--kubeconfig", self.ready["kubeconfig"])
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "bench",
                    "clusters": [{"name": "bench", "cluster": {"server": self.kubernetes.url}}],
                    "users": [{"name": "bench", "user": {}}],
                    "contexts": [
                        {"name": "bench", "context": {"cluster": "bench", "user": "bench"}}
                    ],
                }
            )
        )

    def kubectl(self, *words: str) -> str:
        command = [self.ready["kubectl"], "--kubeconfig", self.ready["kubeconfig"], *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def deployment(self, pool: str) -> str:
        template = retrying(
            lambda: self.api.get("/collections/views/aggregate-worker-metadata")
        ).json()["prefect-kubernetes"]["kubernetes"]["default_base_job_configuration"]
        retrying(
            lambda: self.api.post(
                "/work_pools/",
                json={"name": pool, "type": "kubernetes", "base_job_template": template},
            )
        )
        flow = retrying(lambda: self.api.post("/flows/", json={"name": "bench"})).json()["id"]
        deployment = {
            "name": pool,
            "flow_id": flow,
            "work_pool_name": pool,
            "job_variables": {"namespace": "bench", "command": "sleep 1"},
        }
        return retrying(lambda: self.api.post("/deployments/", json=deployment)).json()["id"]

    def measure(self, name: str, command: list[str], runs: int) -> dict:
        """One worker from its start to the end of its Jobs."""
        pool = f"bench-{name}-{runs}-{os.getpid()}"
        deployment = self.deployment(pool)
        home = self.folder / pool
        home.mkdir()
        self.prefect.reset()
        self.kubernetes.reset()
        environment = {
            "HOME": str(home),
            "PATH": f"{self.ready['bin']}:/usr/local/bin:/usr/bin:/bin",
            "KUBECONFIG": str(self.kubeconfig),
            "PREFECT_API_URL": f"{self.prefect.url}/api",
            "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES": "bench",
            "DO_NOT_TRACK": "1",
        }
        log = (home / "log").open("wb")
        started = time.time()
        worker = subprocess.Popen(
            [*command, "--pool", pool], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            first = until(lambda: self.first_poll(), 120, f"{name} to poll")
            time.sleep(self.arguments.idle)
            idle = status(worker.pid)
            self.prefect.reset()
            self.kubernetes.reset()
            begun = time.monotonic()
            for _ in range(runs):
                retrying(
                    lambda: self.api.post(
                        f"/deployments/{deployment}/create_flow_run",
                        json={"state": {"type": "SCHEDULED"}},
                    )
                )
            until(
                lambda: True if self.jobs(pool) >= runs else None, 1200, f"{runs} Jobs", 0.2
            )
            exist = time.monotonic() - begun
            until(
                lambda: True if self.jobs(pool, ended=True) >= runs else None,
                1200,
                "the Jobs to end",
                0.5,
            )
            time.sleep(5)
            end = status(worker.pid)
            return {
                "first": first / 1000 - started,
                "idle": idle["VmRSS"] / 1024,
                "peak": end["VmHWM"] / 1024,
                "cpu": (end["cpu"] - idle["cpu"]) / runs,
                "exist": exist,
                "prefect": self.prefect.counts(),
                "kubernetes": self.kubernetes.counts(),
            }
        finally:
            worker.send_signal(signal.SIGTERM)
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            self.kubectl("delete", "jobs", "-n", "bench", "-l", f"{LABEL}={pool}", "--wait=false")

    def first_poll(self):
        return next(
            (
                row["first"]
                for row in self.prefect.counts()
                if row["route"].endswith("get_scheduled_flow_runs") and row["code"] == 200
            ),
            None,
        )

    def jobs(self, pool: str, ended: bool = False) -> int:
        path = "{range .items[*]}{.metadata.name} {.status.succeeded} {.status.failed}{'\\n'}{end}"
        path = path.replace("'", '"')
        listed = self.kubectl(
            "get", "jobs", "-n", "bench", "-l", f"{LABEL}={pool}", "-o", f"jsonpath={path}"
        )
        lines = listed.splitlines()
        return sum(len(line.split()) > 1 for line in lines) if ended else len(lines)

    def close(self) -> None:
        self.prefect.close()
        self.kubernetes.close()
        shutil.rmtree(self.folder)


def total(rows: list[dict]) -> int:
    return sum(row["count"] for row in rows)


def by_route(rows: list[dict], runs: int) -> dict[str, float]:
    routes: dict[str, float] = {}
    for row in rows:
        failed = "" if 200 <= row["code"] < 300 or row["code"] == 101 else f" -> {row['code']}"
        key = f"{row['method']} {row['route']}{failed}"
        routes[key] = routes.get(key, 0) + row["count"] / runs
    return dict(sorted(routes.items(), key=lambda item: -item[1]))


ROWS = {
    "first poll after start, s": lambda it, runs: it["first"],
    "idle memory, MiB": lambda it, runs: it["idle"],
    "peak memory, MiB": lambda it, runs: it["peak"],
    "CPU a run, ms": lambda it, runs: it["cpu"],
    "Prefect API requests a run": lambda it, runs: total(it["prefect"]) / runs,
    "Kubernetes API requests a run": lambda it, runs: total(it["kubernetes"]) / runs,
    "until all Jobs exist, s": lambda it, runs: it["exist"],
}
TITLES = {"ours": "kubectl prefect", "python": "Python worker"}


def report(measured: dict[str, dict], runs: int) -> str:
    """The table, with the ratio where both were measured, and the requests by route."""
    lines = [
        f"| {runs} runs | {' | '.join(TITLES[name] for name in measured)} | ratio |",
        f"| --- {'| ---: ' * (len(measured) + 1)}|",
    ]
    for title, value in ROWS.items():
        values = [value(result, runs) for result in measured.values()]
        ratio = f"{values[0] / values[1]:.3f}" if len(values) == 2 and values[1] else "-"
        cells = " | ".join(f"{value:.2f}" for value in values)
        lines.append(f"| {title} | {cells} | {ratio} |")
    for key, api in (("prefect", "Prefect"), ("kubernetes", "Kubernetes")):
        for name, result in measured.items():
            lines.append(f"\n{api} API requests a run, {TITLES[name]}:")
            for route, count in by_route(result[key], runs).items():
                lines.append(f"  {count:7.2f}  {route}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ready", required=True, help="ready.json of the test cluster")
    parser.add_argument("--cluster", required=True, help="the test cluster's program")
    parser.add_argument("--plugin", required=True, help="the kubectl-prefect to measure")
    parser.add_argument("--runs", type=int, nargs="+", default=[50])
    parser.add_argument("--only", choices=["ours", "python"], help="measure one of them alone")
    parser.add_argument("--idle", type=float, default=15, help="seconds before idle memory is read")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    try:
        if "bench" not in bench.kubectl("get", "namespaces", "--output", "name"):
            bench.kubectl("create", "namespace", "bench")
        for runs in arguments.runs:
            commands = {
                "ours": [arguments.plugin, "worker", "run"],
                "python": [f"{bench.ready['bin']}/prefect", *"worker start -t kubernetes".split()],
            }
            measured = {
                name: bench.measure(name, command, runs)
                for name, command in commands.items()
                if arguments.only in (None, name)
            }
            print(report(measured, runs), flush=True)
    finally:
        bench.close()


if __name__ == "__main__":
    main()

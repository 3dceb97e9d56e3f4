"""Measures our worker and the Python worker, one after the other, on one cluster and one server.

Requests to Prefect are counted by a proxy, those to Kubernetes by the API server's audit log, so
that every one is seen from outside. The pods only wait, all of them until every Job exists, and
then end well: it is the worker that is measured, with all runs in hand at once. What flows would
tell the server, that they run and that they are done, is told for them. Prints a table with
ratios for each number of runs, then what finished pods cost a worker that starts.
"""

import argparse
import base64
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import httpx

from instruments import Audit, Gate, Proxy, retrying, status, until

LABEL = "prefect.io/work-pool-name"


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.ready = json.loads(pathlib.Path(arguments.ready).read_text())
        self.api = httpx.Client(base_url=self.ready["prefectApiUrl"], timeout=60)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kubectl-prefect-bench-"))
        self.prefect = Proxy(
            arguments.cluster, "--target", self.ready["prefectApiUrl"].removesuffix("/api")
        )
        self.kube = self.kubernetes()
        self.audit = Audit(self.ready["auditLog"])
        self.gate = Gate(self.folder)

    def kubernetes(self) -> httpx.Client:
        """The API server as its administrator, by token."""
        words = "config view --raw --minify --flatten -o json".split()
        command = [self.ready["kubectl"], "--kubeconfig", self.ready["tokenKubeconfig"], *words]
        config = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        authority = config["clusters"][0]["cluster"]["certificate-authority-data"]
        trust = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
        token = config["users"][0]["user"]["token"]
        return httpx.Client(
            base_url=self.ready["apiServer"],
            verify=trust,
            headers={"authorization": f"Bearer {token}"},
            timeout=60,
        )

    def kubectl(self, *words: str) -> str:
        command = [self.ready["kubectl"], "--kubeconfig", self.ready["kubeconfig"], *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def pool(self, name: str) -> str:
        """Makes a work pool and gives its id."""
        template = retrying(
            lambda: self.api.get("/collections/views/aggregate-worker-metadata")
        ).json()["prefect-kubernetes"]["kubernetes"]["default_base_job_configuration"]
        body = {"name": name, "type": "kubernetes", "base_job_template": template}
        return retrying(lambda: self.api.post("/work_pools/", json=body)).json()["id"]

    def deployment(self, pool: str) -> str:
        flow = retrying(lambda: self.api.post("/flows/", json={"name": "bench"})).json()["id"]
        deployment = {
            "name": pool,
            "flow_id": flow,
            "work_pool_name": pool,
            "job_variables": {"namespace": "bench", "command": self.gate.command},
        }
        return retrying(lambda: self.api.post("/deployments/", json=deployment)).json()["id"]

    @contextlib.contextmanager
    def worker(self, command: list[str], pool: str):
        """A worker of a pool, as a process; gives it with the moment it was started at."""
        home = self.folder / pool
        home.mkdir(exist_ok=True)
        self.prefect.reset()
        environment = {
            "HOME": str(home),
            "PATH": f"{self.ready['bin']}:/usr/local/bin:/usr/bin:/bin",
            "KUBECONFIG": self.ready["kubeconfig"],
            "PREFECT_API_URL": f"{self.prefect.url}/api",
            "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES": "bench",
            "DO_NOT_TRACK": "1",
        }
        with (home / "log").open("wb") as log:
            started = time.time()
            worker = subprocess.Popen(
                [*command, "--pool", pool], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                yield worker, started
            except BaseException:
                sys.stderr.write((home / "log").read_text()[-4000:])
                raise
            finally:
                worker.send_signal(signal.SIGTERM)
                try:
                    worker.wait(60)
                except subprocess.TimeoutExpired:
                    worker.kill()
                    worker.wait()

    def measure(self, name: str, command: list[str], runs: int) -> dict:
        """One worker from its start to the end of its Jobs."""
        pool = f"bench-{name}-{runs}-{os.getpid()}"
        self.pool(pool)
        deployment = self.deployment(pool)
        try:
            first = statistics.median(self.first_polls(name, command, pool))
            with self.worker(command, pool) as (worker, _):
                until(self.first_poll, 120, f"{name} to poll")
                time.sleep(self.arguments.idle)
                idle = status(worker.pid)
                self.prefect.reset()
                self.audit.reset()
                begun = time.monotonic()
                made = [self.run(deployment) for _ in range(runs)]
                # A run that its worker gave up has no Job.
                left = lambda: runs - self.crashed(deployment)  # noqa: E731
                until(lambda: self.jobs(pool) >= left() or None, 1800, f"{runs} Jobs", 0.2)
                exist = time.monotonic() - begun
                crashed = self.crashed(deployment)
                # All pods wait at the gate for a while, so that all runs are in hand at once.
                until(lambda: self.waiting(pool) >= left() or None, 600, "the pods", 1)
                time.sleep(5)
                full = status(worker.pid)
                self.complete(made)
                until(
                    lambda: self.gate.open() or self.jobs(pool, ended=True) >= left() or None,
                    1200,
                    "the Jobs to end",
                    0.5,
                )
                time.sleep(10)
                end = status(worker.pid)
                return {
                    "first": first,
                    "idle": idle["VmRSS"] / 1024,
                    "full": full["VmRSS"] / 1024,
                    "peak": end["VmHWM"] / 1024,
                    "cpu": (end["cpu"] - idle["cpu"]) / runs,
                    "exist": exist,
                    "crashed": crashed,
                    "prefect": self.prefect.counts(),
                    "kubernetes": self.audit.counts(name),
                }
        finally:
            self.clear("jobs", f"{LABEL}={pool}")

    def run(self, deployment: str) -> str:
        """Makes a run and gives its id."""
        path, body = f"/deployments/{deployment}/create_flow_run", {"state": {"type": "SCHEDULED"}}
        return retrying(lambda: self.api.post(path, json=body)).json()["id"]

    def complete(self, runs: list[str]) -> None:
        """Takes runs that have Jobs to their end, as their flows would."""
        for run in runs:
            if retrying(lambda: self.api.get(f"/flow_runs/{run}")).json()["state_type"] != "PENDING":
                continue  # its worker gave it up
            for kind in ("RUNNING", "COMPLETED"):
                body = {"state": {"type": kind}}
                retrying(lambda: self.api.post(f"/flow_runs/{run}/set_state", json=body))

    def first_polls(self, name: str, command: list[str], pool: str) -> list[float]:
        """Seconds from the start of a worker to its first poll's answer, of several starts. The
        very first start is not among them: the server prepares its queries then."""
        seconds = []
        for _ in range(4):
            with self.worker(command, pool) as (_, started):
                first = until(self.first_poll, 120, f"{name} to poll")
                seconds.append(first / 1000 - started)
        return seconds[1:]

    def beside_finished_pods(self, name: str, command: list[str], pods: int) -> dict:
        """Memory of a worker that starts where this many pods of its pool have finished."""
        pool = f"bench-{name}-pods-{pods}-{os.getpid()}"
        work_pool = self.pool(pool)
        self.finished_pods(pool, work_pool, pods)
        try:
            with self.worker(command, pool) as (worker, _):
                until(self.first_poll, 120, f"{name} to poll")
                time.sleep(max(self.arguments.idle, 30))
                now = status(worker.pid)
                return {"idle": now["VmRSS"] / 1024, "peak": now["VmHWM"] / 1024}
        finally:
            self.clear("pods", f"{LABEL}={pool}")

    def finished_pods(self, pool: str, work_pool: str, pods: int) -> None:
        """Makes pods that look as those of runs long ago. No scheduler knows them, so none runs."""
        at = "2026-01-01T00:00:00Z"
        ended = {"exitCode": 0, "reason": "Completed", "startedAt": at, "finishedAt": at}
        state = {
            "phase": "Succeeded",
            "startTime": at,
            "containerStatuses": [
                {
                    "name": "prefect-job",
                    "image": "flow",
                    "imageID": "",
                    "ready": False,
                    "restartCount": 0,
                    "state": {"terminated": ended},
                }
            ],
        }
        spec = {
            "schedulerName": "nobody",
            "restartPolicy": "Never",
            "containers": [{"name": "prefect-job", "image": "flow", "command": ["true"]}],
        }

        def make(number: int) -> None:
            run = str(uuid.uuid4())
            labels = {
                LABEL: pool,
                "prefect.io/work-pool-id": work_pool,
                "prefect.io/flow-run-id": run,
                "prefect.io/flow-run-name": f"finished-{number}",
                "prefect.io/flow-id": str(uuid.uuid4()),
                "prefect.io/deployment-id": str(uuid.uuid4()),
                "prefect.io/worker-name": "bench",
            }
            meta = {"name": f"{pool}-{number}", "labels": labels}
            body = {"metadata": meta, "spec": spec}
            self.kube.post("/api/v1/namespaces/bench/pods", json=body).raise_for_status()
            self.kube.patch(
                f"/api/v1/namespaces/bench/pods/{pool}-{number}/status",
                content=json.dumps({"status": state}),
                headers={"content-type": "application/merge-patch+json"},
            ).raise_for_status()

        with concurrent.futures.ThreadPoolExecutor(8) as threads:
            list(threads.map(make, range(pods)))

    def clear(self, kind: str, label: str) -> None:
        """Takes objects away, without the Python worker's or our own doing anything about it."""
        self.kubectl("delete", kind, "-n", "bench", "-l", label, "--wait=false")

    def first_poll(self):
        return next(
            (
                row["first"]
                for row in self.prefect.counts()
                if row["route"].endswith("get_scheduled_flow_runs") and row["code"] == 200
            ),
            None,
        )

    def crashed(self, deployment: str) -> int:
        """How many runs of a deployment are Crashed."""
        body = {
            "deployments": {"id": {"any_": [deployment]}},
            "flow_runs": {"state": {"type": {"any_": ["CRASHED"]}}},
        }
        return retrying(lambda: self.api.post("/flow_runs/count", json=body)).json()

    def waiting(self, pool: str) -> int:
        """How many pods of a pool run."""
        listed = self.kubectl(
            *f"get pods -n bench -l {LABEL}={pool} --field-selector status.phase=Running".split(),
            *"-o name".split(),
        )
        return len(listed.splitlines())

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
        self.kube.close()
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
    "memory with all runs active, MiB": lambda it, runs: it["full"],
    "peak memory, MiB": lambda it, runs: it["peak"],
    "CPU a run, ms": lambda it, runs: it["cpu"],
    "Prefect API requests a run": lambda it, runs: total(it["prefect"]) / runs,
    "Kubernetes API requests a run": lambda it, runs: total(it["kubernetes"]) / runs,
    "until all Jobs exist, s": lambda it, runs: it["exist"],
    "runs crashed by their worker": lambda it, runs: it["crashed"],
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
    parser.add_argument("--runs", type=int, nargs="+", default=[50, 300])
    parser.add_argument("--only", choices=["ours", "python"], help="measure one of them alone")
    parser.add_argument(
        "--pods", type=int, default=5000, help="finished pods to start beside; 0 leaves that out"
    )
    parser.add_argument("--idle", type=float, default=15, help="seconds before idle memory is read")
    arguments = parser.parse_args()
    bench = Bench(arguments)
    try:
        if "namespace/bench" not in bench.kubectl("get", "namespaces", "--output", "name").split():
            bench.kubectl("create", "namespace", "bench")
        commands = {
            "ours": [arguments.plugin, "worker", "run", "--name", "bench"],
            "python": [f"{bench.ready['bin']}/prefect", *"worker start -t kubernetes".split()],
        }
        if arguments.only:
            commands = {arguments.only: commands[arguments.only]}
        for runs in arguments.runs:
            measured = {name: bench.measure(name, it, runs) for name, it in commands.items()}
            print(report(measured, runs), flush=True)
        if arguments.pods:
            for name, command in commands.items():
                for pods in (0, arguments.pods):
                    memory = bench.beside_finished_pods(name, command, pods)
                    print(
                        f"\n{TITLES[name]}, started beside {pods} finished pods: "
                        f"{memory['idle']:.2f} MiB, peak {memory['peak']:.2f} MiB",
                        flush=True,
                    )
    finally:
        bench.close()


if __name__ == "__main__":
    main()

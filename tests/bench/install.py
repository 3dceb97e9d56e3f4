"""Measures what an installation costs: time, requests, and writes of one that changes nothing.

Times are those of the whole process, from its start to its end. Requests to the API server are
counted by a proxy in front of it. Prints a table.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

from instruments import Proxy

NAMESPACE = "bench-install"
KINDS = "serviceaccounts,roles,rolebindings,deployments,configmaps,secrets"
# The worker of the test has nothing to do.
IDLE = ["sh", "-c", "exec sleep infinity"]


class Install:
    def __init__(self, arguments):
        self.plugin = arguments.plugin
        self.ready = json.loads(pathlib.Path(arguments.ready).read_text())
        self.proxy = Proxy(arguments.cluster, "--kubeconfig", self.ready["kubeconfig"])
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kubectl-prefect-bench-"))
        cluster = {"name": "proxy", "cluster": {"server": self.proxy.url}}
        context = {"name": "proxy", "context": {"cluster": "proxy", "user": "proxy"}}
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "proxy",
            "clusters": [cluster],
            "contexts": [context],
            "users": [{"name": "proxy", "user": {}}],
        }
        (self.folder / "kubeconfig").write_text(json.dumps(kubeconfig))

    def values(self, extra: int) -> pathlib.Path:
        """A file of values with so many ConfigMaps beside the four objects of a worker."""
        maps = [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"bench-{number}"}}
            for number in range(extra)
        ]
        server = {"apiUrl": self.ready["prefectApiUrl"]}
        worker = {
            "apiConfig": "selfHostedServer",
            "selfHostedServerApiConfig": server,
            "config": {"workPool": NAMESPACE},
            "command": IDLE,
        }
        path = self.folder / f"values-{extra}.json"
        path.write_text(json.dumps({"worker": worker, "extraManifests": maps}))
        return path

    def run(self, *words: str, kubeconfig: pathlib.Path | str | None = None) -> float:
        """Runs the plugin; how long that took, in seconds."""
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}
        if kubeconfig:
            environment["KUBECONFIG"] = str(kubeconfig)
        begun = time.monotonic()
        subprocess.run(
            [self.plugin, *words],
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.monotonic() - begun

    def install(self, extra: int, *words: str) -> tuple[float, int]:
        """An installation by way of the proxy: seconds, and requests."""
        self.proxy.reset()
        flags = ["-n", NAMESPACE, "-f", str(self.values(extra)), "--wait=false", *words]
        took = self.run("install", *flags, kubeconfig=self.folder / "kubeconfig")
        return took, sum(row["count"] for row in self.proxy.counts())

    def kubectl(self, *words: str) -> str:
        command = [self.ready["kubectl"], "--kubeconfig", self.ready["kubeconfig"], *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def settled(self) -> dict[str, str]:
        """Versions of all objects, once no controller writes to them any more."""
        self.kubectl("rollout", "status", "deployment/prefect-worker", "-n", NAMESPACE)
        path = "{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}"
        known = None
        while True:
            text = self.kubectl("get", KINDS, "-n", NAMESPACE, "-o", f"jsonpath={path}")
            if text == known:
                return dict(line.split() for line in text.splitlines())
            known = text
            time.sleep(2)


def milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ready", required=True, help="ready.json of the test cluster")
    parser.add_argument("--cluster", required=True, help="the test cluster's program")
    parser.add_argument("--plugin", required=True, help="the kubectl-prefect to measure")
    bench = Install(parser.parse_args())
    rows = []
    try:
        offline = ["install", "--dry-run=client", "-f", str(bench.values(0))]
        took = [bench.run(*offline) for _ in range(20)]
        rows.append(("`install --dry-run=client`, median of 20", milliseconds(took)))
        bench.kubectl("create", "namespace", NAMESPACE)
        for extra in (0, 30):
            count = 4 + extra
            _, requests = bench.install(extra)
            what = f"{extra} objects more" if extra else f"{count} new objects"
            rows.append((f"requests to install {what}", str(requests)))
            before = bench.settled()
            _, requests = bench.install(extra)
            rows.append((f"requests to install the same {count} again", str(requests)))
            after = bench.settled()
            changed = [name for name in before if before[name] != after.get(name)]
            written = len(changed) + abs(len(after) - len(before))
            rows.append((f"objects written by that, of {len(before)}", str(written)))
            took = [bench.install(extra, "--dry-run=server")[0] for _ in range(10)]
            rows.append((f"`--dry-run=server` of {count} objects, median of 10", milliseconds(took)))
    finally:
        bench.proxy.close()
        bench.kubectl("delete", "namespace", NAMESPACE, "--wait=false", "--ignore-not-found")
    load = os.getloadavg()[0]
    print(f"An installation, at a load average of {load:.1f}:\n")
    print("| what | cost |\n| --- | ---: |")
    for what, cost in rows:
        print(f"| {what} | {cost} |")
    print(flush=True)


if __name__ == "__main__":
    main()

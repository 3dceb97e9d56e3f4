"""Runs cases through the Python worker's own code and prints what it would submit.

Reads one JSON document from stdin and writes one to stdout; tests/template_parity.rs is the other
side. Nothing here decides anything: it feeds prefect and prefect-kubernetes and records.
"""

import asyncio
import base64
import json
import os
import shlex
import sys
import tempfile
from types import SimpleNamespace
from unittest import mock

HOME = tempfile.TemporaryDirectory(prefix="template-parity-")  # goes at exit
os.environ.update(
    PREFECT_HOME=HOME.name, DO_NOT_TRACK="1", PREFECT_SERVER_ANALYTICS_ENABLED="false"
)

import httpx  # noqa: E402
import jsonpatch  # noqa: E402
import prefect_kubernetes.worker as worker_module  # noqa: E402
from prefect.client.schemas.objects import Flow, FlowRun, WorkPool  # noqa: E402
from prefect.client.schemas.responses import DeploymentResponse  # noqa: E402
from prefect.exceptions import ObjectNotFound  # noqa: E402
from prefect_kubernetes.utilities import (  # noqa: E402
    _slugify_label_key,
    _slugify_label_value,
    _slugify_name,
)
from prefect_kubernetes.worker import (  # noqa: E402
    KubernetesWorker,
    KubernetesWorkerJobConfiguration,
)


class FakeApi:
    """What a run's configuration asks the Prefect API for."""

    def __init__(self, case):
        self.case = case

    async def read_deployment(self, _id):
        return DeploymentResponse.model_validate(self.case["deployment"])

    async def read_flow(self, _id):
        return Flow.model_validate(self.case["flow"])

    async def read_block_document(self, block_id):
        return self._block(lambda block: block.get("id") == block_id)

    async def read_block_document_by_name(self, name, block_type_slug):
        return self._block(
            lambda block: (block.get("type"), block.get("name"))
            == (block_type_slug, name)
        )

    def _block(self, matches):
        for block in self.case.get("blocks", []):
            if matches(block):
                return SimpleNamespace(data=json.loads(json.dumps(block["data"])))
        request = httpx.Request("GET", "http://api/block")
        response = httpx.Response(404, request=request)
        raise ObjectNotFound(
            httpx.HTTPStatusError("not found", request=request, response=response)
        )

    async def read_variable_by_name(self, name):
        values = self.case.get("variables", {})
        if name not in values:
            return None
        return SimpleNamespace(value=json.loads(json.dumps(values[name])))


class FakeCluster:
    """Stands in for both Kubernetes clients and keeps what is created."""

    def __init__(self, _client=None):
        pass

    jobs, secrets = [], []

    async def create_namespaced_job(self, namespace, body):
        self.jobs.append((namespace, body))
        return SimpleNamespace(metadata=SimpleNamespace(name="job", uid="uid"))

    async def read_namespaced_secret(self, name, namespace):
        raise worker_module.ApiException(status=404)

    async def create_namespaced_secret(self, namespace, body):
        for value in (body.string_data or {}).values():
            if not isinstance(value, str):  # the API server refuses it
                raise worker_module.ApiException(status=400)
        self.secrets.append((namespace, body))
        metadata = SimpleNamespace(name=body.metadata.name, namespace=namespace)
        if body.string_data is not None:
            metadata.name = "ENV-SECRET"
        return SimpleNamespace(metadata=metadata)

    async def patch_namespaced_secret(self, name, namespace, body):
        pass


SETTINGS = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_"


def values_of(secret):
    if secret.string_data is not None:
        return secret.string_data
    return {
        key: base64.b64decode(value).decode() for key, value in secret.data.items()
    }


async def submit(case):
    """The Job, the Secrets and the namespace that the worker would create."""
    configuration = await KubernetesWorkerJobConfiguration.resolve_for_flow_run(
        FlowRun.model_validate(case["flow_run"]),
        client=FakeApi(case),
        work_pool=WorkPool.model_validate(
            {"type": "kubernetes", **case["work_pool"]}
        ),
        worker_name=case["worker"]["name"],
        worker_id=case["worker"].get("id"),
    )
    cluster_config = configuration.cluster_config
    FakeCluster.jobs, FakeCluster.secrets = [], []
    worker = mock.Mock(
        spec=KubernetesWorker, _created_secrets={}, _logger=mock.Mock()
    )
    worker.name = case["worker"]["name"]
    for method in (
        "_replace_api_key_with_secret",
        "_replace_env_variable_with_secret",
        "_store_env_as_secret",
        "_create_env_secret",
        "_set_secret_owner_reference",
        "_upsert_secret",
    ):
        function = getattr(KubernetesWorker, method)
        setattr(worker, method, function.__get__(worker))
    await KubernetesWorker._create_job(worker, configuration, None)
    [(namespace, manifest)] = FakeCluster.jobs
    return {
        "manifest": manifest,
        "namespace": namespace,
        "name": str(configuration.name),
        "cluster_config": cluster_config
        and {
            "config": cluster_config.config,
            "context_name": cluster_config.context_name,
        },
        "secrets": [
            {
                "namespace": namespace,
                "name": secret.metadata.name
                if secret.string_data is None
                else "ENV-SECRET",
                "labels": secret.metadata.labels,
                "values": dict(sorted(values_of(secret).items())),
            }
            for namespace, secret in FakeCluster.secrets
        ],
    }


async def run_case(case):
    environment = dict(os.environ)
    environment.update(case.get("process_env", {}))
    for name, value in case.get("settings", {}).items():
        environment[SETTINGS + name] = str(value)
    base = dict(case["worker"].get("base_environment", []))
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(
            KubernetesWorkerJobConfiguration,
            "_base_environment",
            classmethod(lambda cls: dict(base)),
        ),
    ):
        try:
            result = await submit(case)
            json.dumps(result)
            return {"ok": result}
        except Exception as error:
            return {
                "error": {"class": type(error).__name__, "message": str(error)}
            }


def split(line):
    try:
        return shlex.split(line)
    except ValueError:
        return None


def validate(manifest):
    """The paths that the worker's own check would name."""
    patch = jsonpatch.JsonPatch.from_diff(
        manifest, worker_module._get_base_job_manifest()
    )
    missing = sorted(op["path"] for op in patch if op["op"] == "add")
    # The worker sorts the sentences that name them, and only where nothing is missing.
    incompatible = [] if missing else sorted(
        f"{op['path']} must have value {op['value']!r}"
        for op in patch
        if op["op"] == "replace"
    )
    return {"missing": missing, "incompatible": incompatible}


async def main():
    asked = json.load(sys.stdin)
    with (
        mock.patch.object(worker_module, "BatchV1Api", FakeCluster),
        mock.patch.object(worker_module, "CoreV1Api", FakeCluster),
    ):
        cases = [await run_case(case) for case in asked["cases"]]
    json.dump(
        {
            "cases": cases,
            "default_template": KubernetesWorker.get_default_base_job_template(),
            "texts": [str(value) for value in asked["texts"]],
            "words": [split(line) for line in asked["lines"]],
            "slugs": [
                [_slugify_name(text), _slugify_label_value(text), _slugify_label_key(text)]
                for text in asked["slugs"]
            ],
            "manifests": [validate(manifest) for manifest in asked["manifests"]],
            "characters": [
                _slugify_label_value(f"a{chr(code)}b")
                for code in range(0x10000)
                if not 0xD800 <= code < 0xE000
            ],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    asyncio.run(main())

"""Resolves settings with the Python packages, for the test `settings_parity`.

Reads a JSON list of cases from standard input: the environment, the home folder and the working
folder of each. Writes a JSON list: the environment that a worker hands to its Jobs and some
values of settings, or the error.
"""

import json
import logging
import math
import os
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

import prefect.context
from pydantic import SecretStr

import prefect.settings.context
import prefect.settings.sources
from prefect.settings.models.root import Settings
from prefect_kubernetes.settings import KubernetesSettings


def plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def typed(settings: Settings, kubernetes: KubernetesSettings) -> dict[str, Any]:
    api, client, worker = settings.api, settings.client, settings.worker
    to_api = settings.logging.to_api
    make, retry = kubernetes.worker, kubernetes.worker.create_job_retry
    observer = kubernetes.observer
    values = {
        "api.key": plain(api.key) or None,
        "api.auth_string": plain(api.auth_string) or None,
        "api.tls_insecure_skip_verify": api.tls_insecure_skip_verify,
        "api.enable_http2": api.enable_http2,
        "api.request_timeout": api.request_timeout,
        "client.max_retries": client.max_retries,
        "client.retry_jitter_factor": client.retry_jitter_factor,
        "client.retry_extra_codes": client.retry_extra_codes,
        "client.csrf_support_enabled": client.csrf_support_enabled,
        "client.custom_headers": client.custom_headers,
        "client.server_version_check_enabled": client.server_version_check_enabled,
        "cloud.api_url": settings.cloud.api_url,
        "cloud.ui_url": settings.cloud.ui_url,
        "ui_url": settings.ui_url,
        "home": str(settings.home),
        "events.worker_max_queue_size": settings.events.worker_max_queue_size or None,
        "worker.debug_mode": worker.debug_mode,
        "worker.heartbeat_seconds": worker.heartbeat_seconds,
        "worker.query_seconds": worker.query_seconds,
        "worker.prefetch_seconds": worker.prefetch_seconds,
        "worker.enable_cancellation": worker.enable_cancellation,
        "worker.cancellation_poll_seconds": worker.cancellation_poll_seconds,
        "worker.webserver.host": worker.webserver.host,
        "worker.webserver.port": worker.webserver.port,
        "logging.level": settings.logging.level,
        "logging.to_api.enabled": to_api.enabled,
        "logging.to_api.batch_interval": to_api.batch_interval,
        "logging.to_api.batch_size": to_api.batch_size,
        "logging.to_api.max_log_size": to_api.max_log_size,
        "logging.to_api.when_missing_flow": to_api.when_missing_flow,
        "kubernetes.cluster_uid": kubernetes.cluster_uid or None,
        "kubernetes.api_key_secret_name": make.api_key_secret_name or None,
        "kubernetes.api_key_secret_key": make.api_key_secret_key or None,
        "kubernetes.api_auth_string_secret_name": make.api_auth_string_secret_name or None,
        "kubernetes.api_auth_string_secret_key": make.api_auth_string_secret_key or None,
        "kubernetes.create_secret_for_api_key": make.create_secret_for_api_key,
        "kubernetes.store_env_as_secret": make.store_env_as_secret,
        "kubernetes.add_tcp_keepalive": make.add_tcp_keepalive,
        "kubernetes.retry.max_retries": retry.max_retries,
        "kubernetes.retry.delay_seconds": retry.delay_seconds,
        "kubernetes.retry.jitter_min_seconds": retry.jitter_min_seconds,
        "kubernetes.retry.jitter_max_seconds": retry.jitter_max_seconds,
        "kubernetes.observer.enabled": observer.enabled,
        "kubernetes.observer.replicate_pod_events": observer.replicate_pod_events,
        "kubernetes.observer.namespaces": sorted(filter(None, observer.namespaces)),
        "kubernetes.observer.additional_label_filters": observer.additional_label_filters,
        "kubernetes.observer.startup_event_concurrency": observer.startup_event_concurrency,
        "kubernetes.observer.forward_crashed_run_logs": observer.forward_crashed_run_logs,
        "kubernetes.observer.tail_lines": observer.forward_crashed_run_logs_tail_lines,
    }
    return {name: plain(value) for name, value in values.items()}


def resolve(case: dict[str, Any]) -> dict[str, Any]:
    os.environ.clear()
    os.environ.update(case["env"])
    os.chdir(case["folder"])
    # Prefect looks at these when it is imported, which is once for all cases.
    prefect.settings.sources.DEFAULT_PREFECT_HOME = Path.home() / ".prefect"
    prefect.context.GLOBAL_SETTINGS_CONTEXT = None
    # Prefect resolves everything twice when it starts, with the same outcome: once is enough.
    once = cache(Settings)
    prefect.context.Settings = once
    prefect.settings.context.Settings = once
    Settings.model_fields["api"].annotation.model_fields["ssl_cert_file"].default = None
    try:
        settings = prefect.context.root_settings_context().settings
        environment = settings.to_environment_variables(exclude_unset=True)
        return {
            "environment": list(environment.items()),
            "typed": typed(settings, KubernetesSettings()),
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


stderr, sys.stderr = sys.stderr, open(os.devnull, "w")
json.dump([resolve(case) for case in json.load(sys.stdin)], sys.stdout)

"""Flows that the worker's tests run."""

import os
import tempfile
import time

from prefect import flow
from prefect.flow_runs import suspend_flow_run
from prefect.runtime import flow_run


@flow
def good() -> str:
    """Ends well, and says by whom it was started."""
    print("started by", os.environ["PREFECT__WORKER_NAME"], flush=True)
    return "good"


@flow
def bad() -> None:
    """Fails, which is no fault of its infrastructure."""
    raise ValueError("this flow fails")


@flow
def long() -> None:
    """Goes on until it is cancelled."""
    for _ in range(600):
        time.sleep(0.5)


@flow
def suspended() -> str:
    """Is suspended the first time it runs."""
    suspend_flow_run(timeout=600)
    return "resumed"


@flow
def evicted() -> str:
    """Waits to be evicted the first time it runs."""
    folder = os.path.join(tempfile.gettempdir(), f"evicted-{flow_run.id}")
    if os.path.isdir(folder):
        os.rmdir(folder)
        return "again"
    os.mkdir(folder)
    time.sleep(600)
    return "never"

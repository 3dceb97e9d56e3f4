"""The flow that the demonstration runs."""

import platform

from prefect import flow, get_run_logger


@flow(log_prints=True)
def greet(name: str = "world") -> str:
    """Greets, and says where it runs."""
    get_run_logger().info("Hello, %s, from %s", name, platform.node())
    return f"Hello, {name}"

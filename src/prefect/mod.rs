//! The Prefect API: client, types, retries, logs and events.

//! Settings that steer what only the Python worker has.

use super::typed::Reader;

const TCP_KEEPALIVE: &str = "\
    PREFECT_INTEGRATIONS_KUBERNETES_WORKER_ADD_TCP_KEEPALIVE has no effect: requests and watches that \
    show no sign of life are given up and made again, whatever it says";
const CLIENT_METRICS: &str = "\
    PREFECT_CLIENT_METRICS_ENABLED has no effect: metrics are served at /metrics by \
    --with-healthcheck";
const LOGGING_CONFIG: &str = "\
    PREFECT_LOGGING_CONFIG_PATH has no effect: it configures Python's logging; see --log-level and \
    --log-format";
const PLUGINS: &str = "\
    PREFECT_PLUGINS_ENABLED has no effect: plugins are Python, and their hooks are not run";

impl Reader<'_> {
    /// What is set and has no effect, in words.
    pub(super) fn without_effect(&self) -> Vec<&'static str> {
        let keepalive = "integrations.kubernetes.worker.add_tcp_keepalive";
        [
            (!self.bool(keepalive, true), TCP_KEEPALIVE),
            (self.bool("client.metrics.enabled", false), CLIENT_METRICS),
            (self.text("logging.config_path").is_some(), LOGGING_CONFIG),
            (self.bool("plugins.enabled", false), PLUGINS),
        ]
        .into_iter()
        .filter_map(|(is_set, words)| is_set.then_some(words))
        .collect()
    }
}

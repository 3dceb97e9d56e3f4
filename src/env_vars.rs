//! The environment, captured once: the only place that reads it.
//!
//! Names that this program itself understands stand here as constants; Prefect's own settings
//! (`PREFECT_*`) are listed in [`crate::settings`].

use std::{collections::BTreeMap, fmt};

/// Lists of kubeconfig files, as kubectl reads it.
pub const KUBECONFIG: &str = "KUBECONFIG";
/// Host of the API server, as every pod is told it.
pub const KUBERNETES_SERVICE_HOST: &str = "KUBERNETES_SERVICE_HOST";
/// Port of the API server, as every pod is told it.
pub const KUBERNETES_SERVICE_PORT: &str = "KUBERNETES_SERVICE_PORT";
/// Namespace of the pod, as kubectl reads it inside a pod.
pub const POD_NAMESPACE: &str = "POD_NAMESPACE";
/// The user's home folder.
pub const HOME: &str = "HOME";
/// The user's home folder on Windows.
pub const USERPROFILE: &str = "USERPROFILE";
/// The folder for the state of programs (XDG Base Directory Specification).
pub const XDG_STATE_HOME: &str = "XDG_STATE_HOME";
/// The folder for the state of programs on Windows.
pub const LOCALAPPDATA: &str = "LOCALAPPDATA";
/// Any non-empty value switches colours off (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// The terminal's type; `dumb` switches colours and live output off.
pub const TERM: &str = "TERM";
/// The proxy for plain HTTP, as curl and Go read it; lower case wins where both are set.
pub const HTTP_PROXY: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
/// The proxy for HTTPS.
pub const HTTPS_PROXY: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
/// The proxy for either, where the one above is not set.
pub const ALL_PROXY: [&str; 2] = ["all_proxy", "ALL_PROXY"];
/// Hosts that are reached without a proxy.
pub const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// Prefect's folder; says where the profiles file is (Prefect).
pub const PREFECT_HOME: &str = "PREFECT_HOME";
/// The profiles file (Prefect).
pub const PREFECT_PROFILES_PATH: &str = "PREFECT_PROFILES_PATH";
/// The active profile (Prefect).
pub const PREFECT_PROFILE: &str = "PREFECT_PROFILE";
/// A file of certificate authorities to trust, as OpenSSL reads it.
pub const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
/// Overrides the UID of the cluster that events and infrastructure ids name (prefect-kubernetes).
pub const PREFECT_KUBERNETES_CLUSTER_UID: &str = "PREFECT_KUBERNETES_CLUSTER_UID";

/// The newer name of the same setting; prefect-kubernetes reads it first.
pub const PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID: &str =
    "PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID";

/// How often a run is tried again whose infrastructure failed, when no flag says so.
pub const PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES: &str =
    "PREFECT_KUBERNETES_WORKER_INFRASTRUCTURE_RETRIES";
/// How long a cancelled flow that has begun may take to stop itself before its Job is deleted.
pub const PREFECT_KUBERNETES_WORKER_CANCELLING_TIMEOUT: &str =
    "PREFECT_KUBERNETES_WORKER_CANCELLING_TIMEOUT";
/// How long a run that another program claimed may be PENDING before it is put back.
pub const PREFECT_KUBERNETES_WORKER_ABANDONED_AFTER: &str =
    "PREFECT_KUBERNETES_WORKER_ABANDONED_AFTER";
/// How long a pod may take to start where runs are tried again, when no flag says so.
pub const PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT: &str =
    "PREFECT_KUBERNETES_WORKER_POD_START_TIMEOUT";

/// A snapshot of environment variables.
///
/// Variables whose name or value is not UTF-8 are left out: no setting of ours can be one.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

/// Values may be credentials: only names are shown.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place that may")]
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// The value of a variable, empty ones included.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a variable that is set to something.
    #[must_use]
    pub fn get_non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The user's home folder.
    #[must_use]
    pub fn home(&self) -> Option<&std::path::Path> {
        self.get_non_empty(HOME)
            .or_else(|| self.get_non_empty(USERPROFILE))
            .map(std::path::Path::new)
    }

    /// All variables in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

//! Which API server we talk to, as whom and in which namespace: kubeconfig and flags put together.
//!
//! The rules are client-go's (`tools/clientcmd/client_config.go`), so that every flag and file
//! means what it means for kubectl. Two things differ: without any server kubectl tries
//! `localhost:8080` and we say what is missing; and `--token` also sets aside a client certificate
//! of the kubeconfig, which would silently win over the token.

use std::path::{Path, PathBuf};

use http::Uri;
use kube::config::{AuthInfo, Cluster, Context, Kubeconfig};

use super::{
    authentication::{self, Credential},
    kubeconfig::{self, Loaded},
    overrides::{Overrides, RequestTimeout},
    proxy, server,
};
use crate::{
    env_vars::{Environment, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, POD_NAMESPACE},
    error::{Error, Result},
};

/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// An API server, our identity to it and a namespace; nothing has been sent yet.
#[derive(Debug, Clone)]
pub struct Target {
    /// Address of the API server.
    pub server: Uri,
    /// Name of the kubeconfig context; `None` for a service account or when flags say everything.
    pub context: Option<String>,
    /// Namespace to work in.
    pub namespace: String,
    pub(super) config: kube::Config,
    pub(super) credential: Credential,
    pub(super) timeout: RequestTimeout,
}

/// Resolves the connection as kubectl would: flags over kubeconfig, the pod's service account when
/// no kubeconfig names a server.
///
/// # Errors
/// A usage error that says what is missing or contradictory and what there is to choose from.
pub fn resolve(overrides: &Overrides, env: &Environment) -> Result<Target> {
    resolve_in(overrides, env, Path::new(SERVICE_ACCOUNT))
}

/// Resolves the connection from a kubeconfig that is given as a value, as in a cluster
/// configuration block: no file, service account or flag but the time-out has a say.
pub fn resolve_value(
    kubeconfig: &serde_json::Value,
    context: Option<&str>,
    timeout: RequestTimeout,
    env: &Environment,
) -> Result<Target> {
    let loaded = Loaded {
        config: kubeconfig::from_value(kubeconfig)?,
        looked_for: Vec::new(),
    };
    let overrides = Overrides {
        context: context.filter(|name| !name.is_empty()).map(str::to_owned),
        request_timeout: timeout,
        ..Overrides::default()
    };
    let choice = choose(&loaded.config, &overrides)?;
    if choice.cluster.server.is_none() {
        return Err(no_server(&loaded, &choice));
    }
    build(choice, "default".to_owned(), &overrides, env)
}

fn resolve_in(overrides: &Overrides, env: &Environment, account: &Path) -> Result<Target> {
    let loaded = kubeconfig::load(overrides.kubeconfig.as_deref(), env)?;
    let mut choice = choose(&loaded.config, overrides)?;
    let in_pod = server::of_pod(
        env.get_non_empty(KUBERNETES_SERVICE_HOST),
        env.get_non_empty(KUBERNETES_SERVICE_PORT),
    )
    .filter(|_| account.join("token").is_file());
    let mut namespace = "default".to_owned();
    if let Some(address) = in_pod {
        if let Some(own) = namespace_of_pod(env, account) {
            namespace = own;
        }
        if choice.cluster.server.is_none() {
            choice = of_pod(address, account, overrides)?;
        }
    }
    if choice.cluster.server.is_none() {
        return Err(no_server(&loaded, &choice));
    }
    build(choice, namespace, overrides, env)
}

/// The parts of a kubeconfig that count, with the flags laid over them.
#[derive(Debug, Default)]
struct Choice {
    context_name: Option<String>,
    context: Context,
    cluster_exists: bool,
    cluster: Cluster,
    user: AuthInfo,
    /// A file with authorities that is read again now and then: the pod's, which rotates.
    authority_file: Option<PathBuf>,
}

fn choose(config: &Kubeconfig, overrides: &Overrides) -> Result<Choice> {
    let context_name = overrides
        .context
        .clone()
        .or_else(|| config.current_context.clone());
    let mut context = match &context_name {
        Some(name) => config
            .contexts
            .iter()
            .find(|named| named.name == *name)
            .map(|named| named.context.clone().unwrap_or_default())
            .ok_or_else(|| no_context(config, overrides, name))?,
        None => Context::default(),
    };
    if let Some(name) = &overrides.cluster {
        context.cluster.clone_from(name);
    }
    if overrides.user.is_some() {
        context.user.clone_from(&overrides.user);
    }
    let cluster = config
        .clusters
        .iter()
        .find(|named| named.name == context.cluster);
    if let (Some(name), None) = (&overrides.cluster, cluster) {
        let names = config.clusters.iter().map(|named| named.name.as_str());
        return Err(no_entry("cluster", name, names));
    }
    let user = context.user.as_deref().unwrap_or_default();
    let user = config.auth_infos.iter().find(|named| named.name == user);
    if let (Some(name), None) = (&overrides.user, user) {
        let names = config.auth_infos.iter().map(|named| named.name.as_str());
        return Err(no_entry("user", name, names));
    }
    Ok(Choice {
        context_name,
        cluster_exists: cluster.is_some(),
        cluster: server::with_overrides(
            cluster
                .and_then(|named| named.cluster.clone())
                .unwrap_or_default(),
            overrides,
        )?,
        user: authentication::with_overrides(
            user.and_then(|named| named.auth_info.clone())
                .unwrap_or_default(),
            overrides,
        )?,
        context,
        authority_file: None,
    })
}

/// A pod's own service account, with the flags laid over it.
fn of_pod(address: String, account: &Path, overrides: &Overrides) -> Result<Choice> {
    let authority = account.join("ca.crt");
    let authority = authority.is_file().then_some(authority);
    let cluster = Cluster {
        server: Some(address),
        certificate_authority: authority.as_ref().map(|path| path.display().to_string()),
        ..Cluster::default()
    };
    let user = AuthInfo {
        token_file: Some(account.join("token").display().to_string()),
        ..AuthInfo::default()
    };
    let overridden =
        overrides.insecure_skip_tls_verify || overrides.certificate_authority.is_some();
    Ok(Choice {
        cluster: server::with_overrides(cluster, overrides)?,
        user: authentication::with_overrides(user, overrides)?,
        authority_file: authority.filter(|_| !overridden),
        ..Choice::default()
    })
}

fn namespace_of_pod(env: &Environment, account: &Path) -> Option<String> {
    if let Some(namespace) = env.get_non_empty(POD_NAMESPACE) {
        return Some(namespace.to_owned());
    }
    let text = std::fs::read_to_string(account.join("namespace")).ok()?;
    Some(text.trim().to_owned()).filter(|name| !name.is_empty())
}

fn build(
    choice: Choice,
    default_namespace: String,
    overrides: &Overrides,
    env: &Environment,
) -> Result<Target> {
    let server = server::address(&choice.cluster, &choice.user)?;
    let namespace = overrides
        .namespace
        .clone()
        .or_else(|| {
            choice
                .context
                .namespace
                .clone()
                .filter(|name| !name.is_empty())
        })
        .unwrap_or(default_namespace);
    let mut config = kube::Config::new(server.clone());
    config.default_namespace.clone_from(&namespace);
    config.proxy_url = proxy::for_server(&server, choice.cluster.proxy_url.as_deref(), env)?;
    let user = authentication::impersonation(&choice.user)?;
    config.auth_info = user;
    // As for kubectl, credentials are never sent in plain text.
    let credential = if server.scheme_str() == Some("https") {
        server::trust(&mut config, &choice.cluster)?;
        config.root_cert_file = choice.authority_file;
        authentication::identity(&mut config.auth_info, &choice.user)?;
        authentication::credential(&choice.user, &choice.cluster)?
    } else {
        let proxy = config.proxy_url.as_ref();
        if proxy.is_none_or(|proxy| proxy.scheme_str() != Some("https")) {
            server::trust_nobody(&mut config);
        }
        Credential::Anonymous
    };
    Ok(Target {
        server,
        context: choice.context_name,
        namespace,
        config,
        credential,
        timeout: overrides.request_timeout,
    })
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.join(", ")
}

fn contexts(config: &Kubeconfig) -> String {
    list(config.contexts.iter().map(|named| named.name.as_str()))
}

fn no_entry<'a>(what: &str, name: &str, there: impl Iterator<Item = &'a str>) -> Error {
    let there = list(there);
    let error = Error::usage(format!("{what} {name:?} does not exist in the kubeconfig"));
    if there.is_empty() {
        error.cause(format!("it has no {what}s"))
    } else {
        error.hint(format!("{what}s in the kubeconfig: {there}"))
    }
}

fn no_context(config: &Kubeconfig, overrides: &Overrides, name: &str) -> Error {
    let names = config.contexts.iter().map(|named| named.name.as_str());
    let mut error = no_entry("context", name, names);
    if overrides.context.is_none() {
        error = error
            .cause("the kubeconfig's current-context names it")
            .hint(
                "choose one with --context NAME, or for good with: kubectl config use-context NAME",
            );
    }
    error
}

/// No server is known, and no service account is at hand.
fn no_server(loaded: &Loaded, choice: &Choice) -> Error {
    let config = &loaded.config;
    if let Some(context) = &choice.context_name {
        let cluster = &choice.context.cluster;
        let error = Error::usage(format!("context {context:?} leads to no API server"));
        return if choice.cluster_exists {
            error.cause(format!(
                "cluster {cluster:?} of the kubeconfig has no server"
            ))
        } else {
            error.cause(format!(
                "its cluster {cluster:?} does not exist in the kubeconfig"
            ))
        };
    }
    if !config.contexts.is_empty() {
        return Error::usage("the kubeconfig has no current context")
            .hint(format!("contexts in the kubeconfig: {}", contexts(config)))
            .hint(
                "choose one with --context NAME, or for good with: kubectl config use-context NAME",
            );
    }
    let files = list(loaded.looked_for.iter().filter_map(|path| path.to_str()));
    let error = Error::usage("no Kubernetes cluster is configured");
    let error = match (loaded.looked_for.len(), files) {
        (0, _) => error.cause("there is no home folder to look for .kube/config in"),
        (1, files) => error.cause(format!("{files} is missing or has no context")),
        (_, files) => error.cause(format!(
            "these files are missing or have no context: {files}"
        )),
    };
    error.hint("name a kubeconfig with --kubeconfig FILE or KUBECONFIG, or the API server with --server URL")
}

#[cfg(test)]
#[path = "target_pod_tests.rs"]
mod pod_tests;
#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;

//! Finds, reads and merges kubeconfig files by kubectl's rules.
//!
//! The rules are client-go's (`tools/clientcmd/loader.go`): `--kubeconfig` alone, and it must
//! exist; else the files of `KUBECONFIG`, those that are missing left out; else `~/.kube/config`.
//! Of two files that set the same thing the first wins.

use std::{
    io,
    path::{Path, PathBuf},
};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::{
    env_vars::{Environment, KUBECONFIG},
    error::{Error, Result},
};

/// What the kubeconfig files say together, and which files these were.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// All files merged.
    pub config: Kubeconfig,
    /// Every file that was looked for, in their order.
    pub looked_for: Vec<PathBuf>,
}

/// Reads the kubeconfig that kubectl would read.
pub fn load(explicit: Option<&Path>, env: &Environment) -> Result<Loaded> {
    if let Some(path) = explicit {
        let Some(config) = read(path)? else {
            return Err(Error::usage(format!(
                "kubeconfig file {} does not exist",
                path.display()
            ))
            .hint("--kubeconfig names the only file that is read; without it KUBECONFIG and ~/.kube/config are"));
        };
        return Ok(Loaded {
            config,
            looked_for: vec![path.to_owned()],
        });
    }
    let looked_for = paths(env);
    let mut config = Kubeconfig::default();
    for path in &looked_for {
        if let Some(next) = read(path)? {
            config = merge(config, next, path)?;
        }
    }
    Ok(Loaded { config, looked_for })
}

/// Reads a kubeconfig that is given as a value, as a cluster configuration block holds it.
pub fn from_value(value: &serde_json::Value) -> Result<Kubeconfig> {
    // The error of serde_json could quote a value, and any value here may be a credential.
    serde_json::from_value(value.clone())
        .map(tidy)
        .map_err(|_| Error::failed("the cluster configuration does not hold a kubeconfig")
            .hint("it must have the form of a kubeconfig file: clusters, users, contexts and current-context"))
}

/// The files to read when none is named.
fn paths(env: &Environment) -> Vec<PathBuf> {
    match env.get_non_empty(KUBECONFIG) {
        Some(list) => std::env::split_paths(list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect(),
        None => env
            .home()
            .map(|home| home.join(".kube").join("config"))
            .into_iter()
            .collect(),
    }
}

/// One file, with its relative paths made absolute; `None` when it does not exist.
fn read(path: &Path) -> Result<Option<Kubeconfig>> {
    match Kubeconfig::read_from(path) {
        Ok(config) => Ok(Some(tidy(config))),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn merge(first: Kubeconfig, next: Kubeconfig, path: &Path) -> Result<Kubeconfig> {
    first.merge(next).map_err(|error| {
        Error::usage(format!(
            "failed to merge kubeconfig file {}",
            path.display()
        ))
        .because(&error)
    })
}

/// As for kubectl, an empty current context is none, so that a later file may set it.
fn tidy(mut config: Kubeconfig) -> Kubeconfig {
    config.current_context = config.current_context.filter(|name| !name.is_empty());
    config
}

fn unreadable(path: &Path, error: &KubeconfigError) -> Error {
    let error_of = |what: &str| Error::usage(format!("{what} {}", path.display()));
    match error {
        KubeconfigError::ReadConfig(error, _) => {
            let failure = error_of("failed to read kubeconfig file").cause(error.to_string());
            if error.kind() == io::ErrorKind::PermissionDenied {
                failure.hint(
                    "give yourself the right to read it, or name another one with --kubeconfig",
                )
            } else {
                failure
            }
        }
        // The parser's own text quotes lines of the file, and they may hold credentials.
        KubeconfigError::Parse(error) => {
            let place = error.location().map_or_else(String::new, |at| {
                format!(" at line {}, column {}", at.line(), at.column())
            });
            error_of("malformed kubeconfig file")
                .cause(format!("it is not the YAML of a kubeconfig{place}"))
        }
        error => error_of("failed to load kubeconfig file").because(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn env(list: &[&Path]) -> Environment {
        let list = std::env::join_paths(list).unwrap();
        Environment::from_iter([(KUBECONFIG, list.to_str().unwrap())])
    }

    #[test]
    fn of_two_files_the_first_wins_and_missing_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let a = file(
            folder.path(),
            "a",
            "current-context: ''\nclusters: [{name: c, cluster: {server: 'https://a'}}]\n",
        );
        let b = file(
            folder.path(),
            "b",
            "current-context: two\nclusters: [{name: c, cluster: {server: 'https://b'}}, {name: d, cluster: {}}]\n",
        );
        let missing = folder.path().join("missing");
        let loaded = load(None, &env(&[&missing, &a, &b])).unwrap();
        assert_eq!(loaded.config.current_context.as_deref(), Some("two"));
        let clusters: Vec<_> = loaded
            .config
            .clusters
            .iter()
            .map(|named| {
                let server = named
                    .cluster
                    .as_ref()
                    .and_then(|cluster| cluster.server.as_deref());
                (named.name.as_str(), server)
            })
            .collect();
        assert_eq!(clusters, [("c", Some("https://a")), ("d", None)]);
        assert_eq!(loaded.looked_for.len(), 3);
    }

    #[test]
    fn an_explicit_file_is_alone_and_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let a = file(folder.path(), "a", "current-context: a\n");
        let b = file(folder.path(), "b", "current-context: b\n");
        let loaded = load(Some(&b), &env(&[&a])).unwrap();
        assert_eq!(loaded.config.current_context.as_deref(), Some("b"));
        let error = load(Some(&folder.path().join("none")), &env(&[&a])).unwrap_err();
        assert!(error.message.contains("does not exist"), "{error:?}");
        assert_eq!(error.kind.exit_code(), 2);
    }

    #[test]
    fn the_home_folder_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let home = Environment::from_iter([("HOME", folder.path().to_str().unwrap())]);
        assert_eq!(load(None, &home).unwrap().config.current_context, None);
        fs::create_dir(folder.path().join(".kube")).unwrap();
        file(
            &folder.path().join(".kube"),
            "config",
            "current-context: home\n",
        );
        let loaded = load(None, &home).unwrap();
        assert_eq!(loaded.config.current_context.as_deref(), Some("home"));
        assert_eq!(
            load(None, &Environment::default())
                .unwrap()
                .looked_for
                .len(),
            0
        );
    }

    #[test]
    fn a_malformed_file_names_the_place_and_no_content() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            "users:\n- name: a\n  user: {token: s3cr3t\n",
            "users: s3cr3t\n",
            "users:\n- name: a\n  user: {token: [s3cr3t]}\n",
        ] {
            let path = file(folder.path(), "bad", text);
            let error = load(Some(&path), &Environment::default()).unwrap_err();
            let shown = format!("{error:?}");
            assert!(shown.contains("malformed kubeconfig file"), "{shown}");
            assert!(shown.contains("line"), "{shown}");
            assert!(!shown.contains("s3cr3t"), "{shown}");
        }
    }

    #[test]
    fn a_folder_is_no_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        let error = load(Some(folder.path()), &Environment::default()).unwrap_err();
        assert!(
            error.message.starts_with("failed to read kubeconfig file"),
            "{error:?}"
        );
    }

    #[test]
    fn a_value_is_read_as_a_file_is() {
        let config = from_value(&serde_json::json!({"current-context": "x"})).unwrap();
        assert_eq!(config.current_context.as_deref(), Some("x"));
        let error = from_value(&serde_json::json!({"users": "s3cr3t"})).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cr3t"));
    }
}

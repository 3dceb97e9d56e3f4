//! Which Secrets a pod takes in, and how.

use std::collections::BTreeSet;

use super::view::{KeyRef, PodSpec, SecretFiles, Volume};

/// Whether a pod takes in this key of a Secret: as a variable, with all variables of the Secret, or
/// as a file.
#[must_use]
pub fn uses_secret(pod: &PodSpec, secret: &str, key: &str) -> bool {
    let in_env = pod.all_containers().any(|container| {
        let one = container
            .env
            .iter()
            .filter_map(|variable| variable.value_from.as_ref()?.secret_key_ref.as_ref())
            .any(|reference| reference.name == secret && reference.key == key);
        let all = container
            .env_from
            .iter()
            .filter_map(|from| from.secret_ref.as_ref())
            .any(|reference| reference.name == secret);
        one || all
    });
    in_env
        || pod
            .volumes
            .iter()
            .flat_map(files)
            .any(|(name, files)| name == secret && has(files, key))
}

/// The keys of Secrets that the containers' variables need one by one.
#[must_use]
pub fn secrets_of(pod: &PodSpec) -> BTreeSet<KeyRef> {
    pod.all_containers()
        .flat_map(|container| &container.env)
        .filter_map(|variable| variable.value_from.as_ref()?.secret_key_ref.clone())
        .collect()
}

/// The Secrets whose files are in a volume.
fn files(volume: &Volume) -> impl Iterator<Item = (&str, &SecretFiles)> {
    let own = volume
        .secret
        .iter()
        .map(|files| (files.secret_name.as_str(), files));
    let projected = volume
        .projected
        .iter()
        .flat_map(|projected| &projected.sources)
        .filter_map(|source| source.secret.as_ref())
        .map(|files| (files.name.as_str(), files));
    own.chain(projected)
}

fn has(files: &SecretFiles, key: &str) -> bool {
    files.items.is_empty() || files.items.iter().any(|item| item.key == key)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(value: Value) -> PodSpec {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn every_way_to_take_in_a_secret_is_found() {
        let env = |name: &str, key: &str| json!({"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}]});
        for (spec, uses) in [
            (
                json!({"containers": [{"env": [{"name": "s", "value": "s"}]}]}),
                false,
            ),
            (json!({"containers": [{}, env("s", "key")]}), true),
            (json!({"initContainers": [env("s", "key")]}), true),
            (json!({"containers": [env("s", "other")]}), false),
            (json!({"containers": [env("t", "key")]}), false),
            (
                json!({"containers": [{"envFrom": [{"secretRef": {"name": "s"}}]}]}),
                true,
            ),
            (
                json!({"containers": [{"envFrom": [{"configMapRef": {"name": "s"}}]}]}),
                false,
            ),
            (json!({"volumes": [{"secret": {"secretName": "s"}}]}), true),
            (
                json!({"volumes": [{"secret": {"secretName": "s", "items": [{"key": "key", "path": "p"}]}}]}),
                true,
            ),
            (
                json!({"volumes": [{"secret": {"secretName": "s", "items": [{"key": "other", "path": "p"}]}}]}),
                false,
            ),
            (
                json!({"volumes": [{"projected": {"sources": [{"configMap": {"name": "s"}}, {"secret": {"name": "s"}}]}}]}),
                true,
            ),
            (
                json!({"volumes": [{"projected": {"sources": [{"secret": {"name": "t"}}]}}]}),
                false,
            ),
            (json!({"volumes": [{"configMap": {"name": "s"}}]}), false),
        ] {
            assert_eq!(uses_secret(&pod(spec.clone()), "s", "key"), uses, "{spec}");
        }
    }

    #[test]
    fn values_in_plain_text_do_not_show() {
        let pod =
            pod(json!({"containers": [{"env": [{"name": "PREFECT_API_KEY", "value": "s3cr3t"}]}]}));
        assert!(!format!("{pod:?}").contains("s3cr3t"));
    }
}

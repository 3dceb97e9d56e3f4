//! Objects that the worker's pod refers to and that are not part of the release: without them its
//! containers wait for ever.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::{Error, Result},
    k8s::{Class, Cluster, ObjectRef, Resource},
};

/// An object, and the keys of it that are needed.
type Needed = BTreeMap<(&'static str, String), Vec<String>>;

/// What the pod of a Deployment cannot start without.
fn needed(deployment: &Value) -> Needed {
    let mut needed = Needed::new();
    let pod = &deployment["spec"]["template"]["spec"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut want = |kind: &'static str, reference: &Value, name: &str, key: Option<&str>| {
        let (Some(name), true) = (reference[name].as_str(), reference["optional"] != true) else {
            return;
        };
        let keys = needed.entry((kind, name.to_owned())).or_default();
        let key = key
            .and_then(|key| reference[key].as_str())
            .map(str::to_owned);
        keys.extend(key);
    };
    let containers = list(&pod["initContainers"])
        .into_iter()
        .chain(list(&pod["containers"]));
    for container in containers {
        for variable in list(&container["env"]) {
            let from = &variable["valueFrom"];
            want("Secret", &from["secretKeyRef"], "name", Some("key"));
            want("ConfigMap", &from["configMapKeyRef"], "name", Some("key"));
        }
        for source in list(&container["envFrom"]) {
            want("Secret", &source["secretRef"], "name", None);
            want("ConfigMap", &source["configMapRef"], "name", None);
        }
    }
    for volume in list(&pod["volumes"]) {
        want("Secret", &volume["secret"], "secretName", None);
        want("ConfigMap", &volume["configMap"], "name", None);
    }
    if let Some(account) = pod["serviceAccountName"].as_str()
        && account != "default"
    {
        needed
            .entry(("ServiceAccount", account.to_owned()))
            .or_default();
    }
    needed
}

/// Looks for all that the pod of a Deployment refers to; `own` are the objects of the release.
///
/// Gives what we may not look at.
///
/// # Errors
/// When something is missing, or lacks a key.
pub async fn check(
    cluster: &Cluster,
    namespace: &str,
    deployment: &Value,
    own: &[&ObjectRef],
) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut unseen = Vec::new();
    for ((kind, name), keys) in needed(deployment) {
        let Some(resource) = Resource::well_known("", None, kind) else {
            continue;
        };
        let object = ObjectRef {
            resource,
            namespace: Some(namespace.to_owned()),
            name,
        };
        if own.iter().any(|own| own.is_same(&object)) {
            continue;
        }
        match cluster.get_object(&object).await {
            Ok(found) => problems.extend(problem(&object, found.as_ref(), &keys)),
            Err(failure) if failure.class == Class::Forbidden => unseen.push(object.to_string()),
            Err(failure) => return Err(failure.into()),
        }
    }
    match problems.is_empty() {
        true => Ok(unseen),
        false => Err(missing(problems)),
    }
}

/// What is wrong with an object that is needed, and what to do.
fn problem(object: &ObjectRef, found: Option<&Value>, keys: &[String]) -> Option<(String, String)> {
    let ObjectRef { resource, name, .. } = object;
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let create = |key: &str| {
        format!("make it with: kubectl prefect secret create {name} --key {key} -n {namespace}")
    };
    let Some(found) = found else {
        let hint = match (resource.kind.as_str(), keys.first()) {
            ("Secret", Some(key)) => create(key),
            ("Secret", None) => format!("make it with: kubectl create secret -n {namespace} ..."),
            ("ServiceAccount", _) => {
                "set serviceAccount.create=true, or make it beforehand".to_owned()
            }
            _ => "make it beforehand, or correct the name in the values".to_owned(),
        };
        return Some((format!("{object} does not exist"), hint));
    };
    let has = |key: &String| {
        ["data", "binaryData"]
            .iter()
            .any(|part| found[*part].get(key).is_some())
    };
    let lacking = keys.iter().find(|key| !has(key))?;
    let there: Vec<&str> = ["data", "binaryData"]
        .iter()
        .filter_map(|part| found[*part].as_object())
        .flat_map(|members| members.keys().map(String::as_str))
        .collect();
    let there = match there.is_empty() {
        true => "it has none".to_owned(),
        false => format!("it has {}", there.join(", ")),
    };
    Some((
        format!("{object} has no key {lacking}; {there}"),
        "correct the key's name in the values, or add the key".to_owned(),
    ))
}

fn missing(problems: Vec<(String, String)>) -> Error {
    let mut error = Error::failed("the worker's pods could not start");
    for (cause, hint) in problems {
        error.causes.push(cause);
        if !error.hints.contains(&hint) {
            error.hints.push(hint);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_a_pod_refers_to_is_found() {
        let deployment = json!({"spec": {"template": {"spec": {
            "serviceAccountName": "w",
            "initContainers": [{"env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            ]}],
            "containers": [{
                "env": [
                    {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "l"}}},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "o", "key": "k", "optional": true}}},
                    {"name": "C", "value": "x"},
                ],
                "envFrom": [{"configMapRef": {"name": "c"}}],
            }],
            "volumes": [{"secret": {"secretName": "v"}}, {"emptyDir": {}}],
        }}}});
        let needed: Vec<_> = needed(&deployment)
            .into_iter()
            .map(|((kind, name), keys)| format!("{kind} {name} {}", keys.join(",")))
            .collect();
        assert_eq!(
            needed,
            [
                "ConfigMap c ",
                "Secret s k,l",
                "Secret v ",
                "ServiceAccount w "
            ]
        );
    }

    #[test]
    fn a_key_that_is_missing_is_named_with_those_that_are_there() {
        let object = ObjectRef {
            resource: Resource::secrets(),
            namespace: Some("flows".to_owned()),
            name: "s".to_owned(),
        };
        let keys = ["key".to_owned()];
        let found = json!({"data": {"api-key": "eA=="}});
        let (cause, _) = problem(&object, Some(&found), &keys).unwrap();
        assert_eq!(
            cause,
            "Secret s in namespace flows has no key key; it has api-key"
        );
        let (_, hint) = problem(&object, None, &keys).unwrap();
        assert!(
            hint.ends_with("secret create s --key key -n flows"),
            "{hint}"
        );
        assert_eq!(
            problem(&object, Some(&json!({"data": {"key": "eA=="}})), &keys),
            None
        );
    }
}

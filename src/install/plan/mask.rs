//! Objects as they may be shown: what is secret in them is hidden, and whether it differs is not.

use serde_json::Value;

/// Shown in place of what is hidden.
const HIDDEN: &str = "(hidden)";
/// Shown where it differs from the other side.
const HIDDEN_BEFORE: &str = "(hidden, before)";
const HIDDEN_AFTER: &str = "(hidden, after)";
/// Parts of the names of environment variables that hold credentials.
const CREDENTIALS: [&str; 6] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "AUTH_STRING",
    "CREDENTIAL",
];
/// Annotations that repeat the whole object.
const REPETITIONS: [&str; 1] = ["kubectl.kubernetes.io/last-applied-configuration"];

/// Hides what is secret in an object, before and after a change.
pub fn mask(before: &mut Value, after: &mut Value) {
    let is_secret = |object: &Value| object["kind"] == "Secret";
    if is_secret(before) || is_secret(after) {
        for key in ["data", "stringData"] {
            let (known, wanted) = (member(before, key), member(after, key));
            hide(before.get_mut(key), &wanted, HIDDEN_BEFORE);
            hide(after.get_mut(key), &known, HIDDEN_AFTER);
        }
    }
    let mut known = Vec::new();
    variables(before, &mut |name, value| {
        known.push((name.to_owned(), value.clone()));
        *value = HIDDEN.into();
    });
    // A value that is the same, wherever it stood, is hidden by the same words.
    let mut changed = Vec::new();
    variables(after, &mut |name, value| {
        let is_new = known.iter().any(|(other, _)| other == name)
            && !known.contains(&(name.to_owned(), value.clone()));
        if is_new {
            changed.push(name.to_owned());
        }
        *value = if is_new { HIDDEN_AFTER } else { HIDDEN }.into();
    });
    variables(before, &mut |name, value| {
        if changed.iter().any(|other| other == name) {
            *value = HIDDEN_BEFORE.into();
        }
    });
    for object in [before, after] {
        if let Some(annotations) = object
            .pointer_mut("/metadata/annotations")
            .and_then(Value::as_object_mut)
        {
            for name in REPETITIONS {
                annotations.remove(name);
            }
        }
    }
}

fn member(object: &Value, key: &str) -> Value {
    object.get(key).cloned().unwrap_or_default()
}

/// Hides all members of one side; `word` stands for those that differ from the other side.
fn hide(side: Option<&mut Value>, other: &Value, word: &str) {
    let members = side.and_then(Value::as_object_mut);
    for (key, value) in members.into_iter().flatten() {
        let differs = other.get(key).is_some_and(|other| other != value);
        *value = if differs { word } else { HIDDEN }.into();
    }
}

/// Finds variables of containers that hold a credential as plain text.
fn variables(value: &mut Value, found: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| variables(item, found)),
        Value::Object(members) => {
            let name = members.get("name").and_then(Value::as_str);
            let is_credential = name.is_some_and(|name| {
                let name = name.to_uppercase();
                CREDENTIALS.iter().any(|part| name.contains(part))
                    // Names of Secrets and of their keys are no secrets.
                    && !name.ends_with("_SECRET_NAME")
                    && !name.ends_with("_SECRET_KEY")
                    && !name.starts_with("PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET")
            });
            let name = name.filter(|_| is_credential).map(str::to_owned);
            let value = members.get_mut("value").filter(|value| value.is_string());
            if let (Some(name), Some(value)) = (name, value) {
                found(&name, value);
            }
            members
                .values_mut()
                .for_each(|value| variables(value, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_hidden_and_their_changes_are_not() {
        let mut before = json!({"kind": "Secret", "data": {"same": "c2VjcmV0", "other": "MQ==", "gone": "MQ=="}});
        let mut after =
            json!({"kind": "Secret", "data": {"same": "c2VjcmV0", "other": "Mg==", "new": "MQ=="}});
        mask(&mut before, &mut after);
        assert_eq!(
            before["data"],
            json!({"same": HIDDEN, "other": HIDDEN_BEFORE, "gone": HIDDEN})
        );
        assert_eq!(
            after["data"],
            json!({"same": HIDDEN, "other": HIDDEN_AFTER, "new": HIDDEN})
        );
        assert_eq!(after.get("stringData"), None);
    }

    #[test]
    fn a_secret_that_comes_or_goes_is_hidden() {
        let mut nothing = Value::Null;
        let mut secret =
            json!({"kind": "Secret", "data": {"a": "s3cr3t"}, "stringData": {"b": "s3cr3t"}});
        mask(&mut nothing, &mut secret);
        assert!(!secret.to_string().contains("s3cr3t"), "{secret}");
        let mut secret = json!({"kind": "Secret", "data": {"a": "s3cr3t"}});
        mask(&mut secret, &mut Value::Null);
        assert!(!secret.to_string().contains("s3cr3t"), "{secret}");
    }

    #[test]
    fn credentials_of_the_environment_are_hidden() {
        let container = |auth: &str| {
            json!({"kind": "Deployment", "spec": {"env": [
                {"name": "PREFECT_API_AUTH_STRING", "value": auth},
                {"name": "PREFECT_API_URL", "value": "u"},
                {"name": "PREFECT_API_KEY", "valueFrom": {"secretKeyRef": {"name": "n"}}},
                {"name": "X_API_KEY_SECRET_NAME", "value": "shown"},
            ]}})
        };
        let (mut before, mut after) = (container("s3cr3t"), container("s3cr3t2"));
        mask(&mut before, &mut after);
        assert!(!format!("{before}{after}").contains("s3cr3t"));
        assert_ne!(before, after);
        assert_eq!(after["spec"]["env"][3]["value"], "shown");
        let (mut before, mut after) = (container("s3cr3t"), container("s3cr3t"));
        mask(&mut before, &mut after);
        assert_eq!(before, after);
    }
}

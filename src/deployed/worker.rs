//! What a Deployment tells the worker in it: read from the command line and the variables.

use super::view::{Container, EnvVar, KeyRef, PodSpec};
use crate::template::shell;

/// A worker, as the pod of a Deployment starts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerSpec {
    /// Name of its container.
    pub container: String,
    /// The container's image.
    pub image: String,
    /// The work pools that it polls, as far as they can be read.
    pub pools: Vec<String>,
    /// The queues that it polls; all when empty.
    pub queues: Vec<String>,
    /// Its name; none when it makes one up at each start.
    pub name: Option<String>,
    /// The namespace that ours sends Jobs to, in place of the template's default.
    pub namespace: Option<String>,
    /// Its type, when it is said.
    pub kind: Option<String>,
    /// Whether it is our own worker, and not the Python one.
    pub is_ours: bool,
    /// Whose rights it has.
    pub service_account: String,
    env: Vec<EnvVar>,
    has_more_env: bool,
}

/// What a variable of the worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told<'a> {
    /// It stands there in plain text.
    Text(&'a str),
    /// It is the value under a key of a Secret.
    Secret(&'a KeyRef),
    /// It comes from somewhere else: a ConfigMap, a field of the pod, all keys of an object.
    Elsewhere,
    /// It is not set.
    Not,
}

impl WorkerSpec {
    /// Finds the worker among the containers of a pod: `prefect worker start`, or our own
    /// `worker run`.
    #[must_use]
    pub fn of(pod: &PodSpec) -> Option<Self> {
        let account = pod.service_account_name.as_deref();
        let account = account.filter(|name| !name.is_empty()).unwrap_or("default");
        pod.containers.iter().find_map(|container| {
            let words = words(container);
            let begin = words
                .windows(2)
                .position(|pair| pair[0] == "worker" && matches!(&*pair[1], "start" | "run"))?;
            let mut found = Self {
                container: container.name.clone(),
                image: container.image.clone(),
                service_account: account.to_owned(),
                has_more_env: !container.env_from.is_empty(),
                env: container.env.clone(),
                ..Self::default()
            };
            found.is_ours = words[begin + 1] == "run";
            found.read_options(&words[begin + 2..]);
            Some(found)
        })
    }

    fn read_options(&mut self, words: &[String]) {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (option, joined) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value)),
                _ => (word.as_str(), None),
            };
            let mut value = || {
                let text = joined.or_else(|| words.next().map(String::as_str))?;
                self_expanded(&self.env, text)
            };
            match option {
                "--pool" | "-p" => self.pools.extend(value()),
                "--work-queue" | "--queue" | "-q" => self.queues.extend(value()),
                "--type" | "-t" => self.kind = value(),
                "--name" => self.name = value(),
                "--namespace" if self.is_ours => self.namespace = value(),
                // To ours it is the namespace, as to kubectl.
                "-n" if self.is_ours => self.namespace = value(),
                "-n" => self.name = value(),
                _ => {}
            }
        }
    }

    /// What a variable of the worker is. Of several of one name the last counts.
    #[must_use]
    pub fn variable(&self, name: &str) -> Told<'_> {
        let found = self.env.iter().rev().find(|variable| variable.name == name);
        match found {
            None if self.has_more_env => Told::Elsewhere,
            None => Told::Not,
            Some(variable) => match (&variable.value, &variable.value_from) {
                (_, Some(source)) => source
                    .secret_key_ref
                    .as_ref()
                    .map_or(Told::Elsewhere, Told::Secret),
                (Some(text), None) => Told::Text(text),
                (None, None) => Told::Text(""),
            },
        }
    }

    /// A variable that stands there in plain text and is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.variable(name) {
            Told::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// The command line in single words, that of a shell (`sh -c "prefect worker start ..."`) too.
fn words(container: &Container) -> Vec<String> {
    let given = container.command.iter().chain(&container.args);
    given
        .flat_map(|word| {
            let is_line = word.contains("worker ") && word.contains(' ');
            match shell::split(word) {
                Ok(words) if is_line => words,
                _ => vec![word.clone()],
            }
        })
        .collect()
}

/// A word with `$(NAME)` replaced by the variable, as the kubelet does; `None` when the value is
/// not in the Deployment.
fn self_expanded(env: &[EnvVar], word: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        // `$NAME` is for a shell, whose variables nobody knows.
        let (name, after) = after.strip_prefix('(')?.split_once(')')?;
        let variable = env.iter().rev().find(|variable| variable.name == name)?;
        text.push_str(variable.value.as_deref()?);
        rest = after;
    }
    text.push_str(rest);
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn worker(container: Value) -> Option<WorkerSpec> {
        let pod =
            json!({"containers": [{"name": "sidecar"}, container], "serviceAccountName": "sa"});
        WorkerSpec::of(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn the_command_line_is_read_in_every_form() {
        let chart = json!({
            "name": "prefect-worker", "image": "prefecthq/prefect:3",
            "command": ["/usr/bin/tini", "-g", "--", "/opt/prefect/entrypoint.sh"],
            "args": ["prefect", "worker", "start", "--type", "kubernetes", "--pool", "my pool",
                "--work-queue", "a", "--work-queue", "b", "--install-policy", "prompt", "--name", "w"],
        });
        let found = worker(chart).unwrap();
        assert_eq!(found.container, "prefect-worker");
        assert_eq!(found.pools, ["my pool"]);
        assert_eq!(found.queues, ["a", "b"]);
        assert_eq!(found.kind.as_deref(), Some("kubernetes"));
        assert_eq!(found.name.as_deref(), Some("w"));
        assert_eq!(found.service_account, "sa");
        let ours =
            json!({"args": ["worker", "run", "-p", "p", "--namespace", "flows", "--name", "w"]});
        let found = worker(ours).unwrap();
        assert!(found.is_ours);
        assert_eq!(found.namespace.as_deref(), Some("flows"));
        assert_eq!(found.name.as_deref(), Some("w"));
        for (args, pools, name) in [
            (
                json!(["prefect", "worker", "start", "--pool=p"]),
                vec!["p"],
                None,
            ),
            (
                json!(["prefect", "worker", "start", "-p", "p", "-n", "w"]),
                vec!["p"],
                Some("w"),
            ),
            (
                json!([
                    "kubectl-prefect",
                    "worker",
                    "run",
                    "-p",
                    "p",
                    "-p",
                    "q",
                    "-n",
                    "flows"
                ]),
                vec!["p", "q"],
                None,
            ),
            (
                json!(["sh", "-c", "exec prefect worker start --pool 'a b'"]),
                vec!["a b"],
                None,
            ),
            (
                json!(["sh", "-c", "prefect worker start --pool $POOL"]),
                vec![],
                None,
            ),
            (
                json!(["prefect", "worker", "start", "--pool", "$(POOL)-x"]),
                vec!["flows-x"],
                None,
            ),
            (
                json!(["prefect", "worker", "start", "--pool", "$(HIDDEN)"]),
                vec![],
                None,
            ),
            (
                json!(["prefect", "worker", "start", "--pool", "a$$b"]),
                vec!["a$b"],
                None,
            ),
        ] {
            let env = json!([{"name": "POOL", "value": "flows"},
                {"name": "HIDDEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]);
            let found = worker(json!({"args": args, "env": env})).unwrap();
            assert_eq!(
                (found.pools, found.name.as_deref()),
                (pools.into_iter().map(str::to_owned).collect(), name),
                "{args}"
            );
        }
        assert_eq!(
            worker(json!({"args": ["prefect", "server", "start"]})),
            None
        );
    }

    #[test]
    fn variables_are_told_by_where_they_come_from() {
        let found = worker(json!({
            "args": ["worker", "start"],
            "env": [
                {"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "E"},
                {"name": "K", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k"}}},
            ],
        }))
        .unwrap();
        assert_eq!(found.text("A"), Some("2"));
        assert_eq!(found.text("E"), None);
        assert!(matches!(found.variable("K"), Told::Secret(key) if key.name == "s"));
        assert_eq!(found.variable("C"), Told::Elsewhere);
        assert_eq!(found.variable("Z"), Told::Not);
        let more = json!({"args": ["worker", "start"], "envFrom": [{"secretRef": {"name": "s"}}]});
        assert_eq!(worker(more).unwrap().variable("Z"), Told::Elsewhere);
    }
}

//! What older charts called otherwise, moved to today's names.
//!
//! The chart changed names without keeping the old ones; `UPGRADING.md` there tells of some. Here
//! all of them still work, each with a note.

use super::check::Finding;
use crate::install::tree::{Content, Node};

/// Maps and texts that have another path now, the oldest first.
const MOVED: [(&[&str], &[&str]); 6] = [
    (
        &["worker", "selfHostedApiConfig"],
        &["worker", "customerManagedCloudApiConfig"],
    ),
    (
        &["worker", "selfHostedCloudApiConfig"],
        &["worker", "customerManagedCloudApiConfig"],
    ),
    (
        &["worker", "selfManagedCloudApiConfig"],
        &["worker", "customerManagedCloudApiConfig"],
    ),
    (
        &["worker", "serverApiConfig"],
        &["worker", "selfHostedServerApiConfig"],
    ),
    (
        &["worker", "basicAuth"],
        &["worker", "selfHostedServerApiConfig", "basicAuth"],
    ),
    (
        &["worker", "config", "baseJobTemplateName"],
        &["worker", "config", "baseJobTemplate", "name"],
    ),
];

/// What `worker.apiConfig` was called.
const API_CONFIGS: [(&str, &str); 4] = [
    ("selfHosted", "customerManagedCloud"),
    ("selfManaged", "customerManagedCloud"),
    ("selfManagedCloud", "customerManagedCloud"),
    ("server", "selfHostedServer"),
];

/// What became of the old names.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// What was moved, or left out because nothing reads it any more.
    pub notes: Vec<Finding>,
    /// What is given by its old and its new name.
    pub problems: Vec<Finding>,
}

/// Moves what has an old name to its new one.
pub fn migrate(values: &mut Node) -> Moved {
    let mut moved = Moved::default();
    api_config(values, &mut moved);
    no_limit(values);
    template_as_text(values, &mut moved);
    for (old, new) in MOVED {
        let Some(mut node) = values.take(old) else {
            continue;
        };
        let (old, path) = (old.join("."), new.join("."));
        if node.content == Content::Null {
            continue;
        }
        let note = Finding::new(old.as_str(), &node.place, format!("this is now {path}"));
        moved.notes.push(note);
        drop_ui_url(&mut node, &old, &mut moved);
        settle(values, node, new, &Naming { old, new: path }, &mut moved);
    }
    moved
}

fn api_config(values: &mut Node, moved: &mut Moved) {
    let Some(node) = values
        .members_mut()
        .and_then(|members| members.get_mut("worker"))
    else {
        return;
    };
    let Some(node) = node
        .members_mut()
        .and_then(|members| members.get_mut("apiConfig"))
    else {
        return;
    };
    let Content::Text(text) = &node.content else {
        return;
    };
    if let Some((old, new)) = API_CONFIGS.iter().find(|(old, _)| old == text) {
        let message = format!("{old} is now {new}");
        moved
            .notes
            .push(Finding::new("worker.apiConfig", &node.place, message));
        node.content = Content::Text((*new).to_owned());
    }
}

/// The first chart with a limit, of June 2023, had the text `None` as its default.
fn no_limit(values: &mut Node) {
    let path = ["worker", "config", "limit"];
    let none = Content::Text("None".to_owned());
    if values.at(&path).is_some_and(|node| node.content == none) {
        values.take(&path);
    }
}

/// Until May 2024 the template stood where now is a map of three values.
fn template_as_text(values: &mut Node, moved: &mut Moved) {
    let path = ["worker", "config", "baseJobTemplate"];
    if values
        .at(&path)
        .is_some_and(|node| node.content == Content::Null)
    {
        // The default of that time, and of today's names nothing that could be removed.
        values.take(&path);
        return;
    }
    if !matches!(
        values.at(&path).map(|node| &node.content),
        Some(Content::Text(_))
    ) {
        return;
    }
    let Some(node) = values.take(&path) else {
        return;
    };
    let new = "worker.config.baseJobTemplate.configuration";
    let note = Finding::new(path.join("."), &node.place, format!("this is now {new}"));
    moved.notes.push(note);
    let naming = Naming {
        old: path.join("."),
        new: new.to_owned(),
    };
    let to = ["worker", "config", "baseJobTemplate", "configuration"];
    settle(values, node, &to, &naming, moved);
}

/// The UI's address was shown after an installation, and nothing else.
fn drop_ui_url(node: &mut Node, old: &str, moved: &mut Moved) {
    if let Some(ui_url) = node.take(&["uiUrl"]) {
        let text = "nothing reads this value any more";
        let finding = Finding::new(format!("{old}.uiUrl"), &ui_url.place, text);
        let meant = "worker.customerManagedCloudApiConfig.cloudUiUrl sets PREFECT_CLOUD_UI_URL";
        moved.notes.push(finding.suggest(Some(meant.to_owned())));
    }
}

/// The old and the new path of what is being moved.
struct Naming {
    old: String,
    new: String,
}

/// Puts a value where it belongs; a map is merged, and nothing is overwritten.
fn settle(values: &mut Node, node: Node, to: &[&str], naming: &Naming, moved: &mut Moved) {
    let mut target = values;
    let Some((last, parents)) = to.split_last() else {
        return;
    };
    for key in parents {
        let place = node.place.clone();
        let Some(members) = target.members_mut() else {
            return;
        };
        let inner = members
            .entry((*key).to_owned())
            .or_insert_with(|| Node::empty_map(place.clone()));
        if inner.content == Content::Null {
            *inner = Node::empty_map(place);
        }
        target = inner;
    }
    let Some(members) = target.members_mut() else {
        return;
    };
    match members.get_mut(*last) {
        None => {
            members.insert((*last).to_owned(), node);
        }
        Some(there) => unite(there, node, naming, moved),
    }
}

fn unite(there: &mut Node, node: Node, naming: &Naming, moved: &mut Moved) {
    if let (Content::Map(mine), true) = (&mut there.content, node.members().is_some()) {
        let Content::Map(theirs) = node.content else {
            return;
        };
        for (key, value) in theirs {
            let naming = Naming {
                old: format!("{}.{key}", naming.old),
                new: format!("{}.{key}", naming.new),
            };
            match mine.get_mut(&key) {
                Some(there) => unite(there, value, &naming, moved),
                None => {
                    mine.insert(key, value);
                }
            }
        }
        return;
    }
    let message = format!(
        "this is the old name of {}, which is given at {} too",
        naming.new, there.place
    );
    let finding = Finding::new(naming.old.as_str(), &node.place, message);
    moved
        .problems
        .push(finding.suggest(Some("keep one of them".to_owned())));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn migrated(text: &str) -> (serde_json::Value, Vec<String>, Vec<String>) {
        let mut values = crate::install::yaml::read(text.as_bytes(), "v")
            .unwrap()
            .values;
        let moved = migrate(&mut values);
        let text = |findings: Vec<Finding>| findings.iter().map(ToString::to_string).collect();
        (values.to_json(), text(moved.notes), text(moved.problems))
    }

    #[test]
    fn every_generation_becomes_todays() {
        for old in [
            "selfHostedApiConfig",
            "selfHostedCloudApiConfig",
            "selfManagedCloudApiConfig",
        ] {
            for config in ["selfHosted", "selfManaged", "selfManagedCloud"] {
                let text = format!(
                    "worker:\n  apiConfig: {config}\n  {old}:\n    apiUrl: u\n    accountId: a\n"
                );
                let (values, notes, problems) = migrated(&text);
                assert_eq!(
                    values,
                    json!({"worker": {
                        "apiConfig": "customerManagedCloud",
                        "customerManagedCloudApiConfig": {"apiUrl": "u", "accountId": "a"},
                    }})
                );
                assert_eq!(
                    notes,
                    [
                        format!("v:2: worker.apiConfig: {config} is now customerManagedCloud"),
                        format!(
                            "v:3: worker.{old}: this is now worker.customerManagedCloudApiConfig"
                        ),
                    ]
                );
                assert!(problems.is_empty());
            }
        }
    }

    #[test]
    fn the_servers_old_names_are_known() {
        let (values, notes, problems) = migrated(
            "worker:\n  apiConfig: server\n  serverApiConfig: {apiUrl: u, uiUrl: v}\n  basicAuth: {enabled: true}\n",
        );
        assert_eq!(
            values,
            json!({"worker": {
                "apiConfig": "selfHostedServer",
                "selfHostedServerApiConfig": {"apiUrl": "u", "basicAuth": {"enabled": true}},
            }})
        );
        assert_eq!(notes.len(), 4);
        assert!(
            notes[2].starts_with("v:3: worker.serverApiConfig.uiUrl: nothing reads"),
            "{notes:?}"
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn a_template_may_be_text_as_it_was() {
        let (values, notes, _) =
            migrated("worker:\n  config:\n    baseJobTemplateName: t\n    baseJobTemplate: '{}'\n");
        assert_eq!(
            values,
            json!({"worker": {"config": {"baseJobTemplate": {"configuration": "{}", "name": "t"}}}})
        );
        assert_eq!(notes.len(), 2);
    }

    #[test]
    fn defaults_of_old_charts_that_say_nothing_are_taken() {
        let (values, notes, _) =
            migrated("worker:\n  config: {baseJobTemplate: null, limit: None}\n");
        assert_eq!(values, json!({"worker": {"config": {}}}));
        assert!(notes.is_empty());
    }

    #[test]
    fn old_and_new_at_once_is_a_mistake_only_for_the_same_value() {
        let (values, _, problems) = migrated(
            "worker:\n  serverApiConfig: {apiUrl: old}\n  selfHostedServerApiConfig:\n    basicAuth: {enabled: true}\n",
        );
        assert_eq!(
            values["worker"]["selfHostedServerApiConfig"]["apiUrl"],
            "old"
        );
        assert!(problems.is_empty());
        let (_, _, problems) = migrated(
            "worker:\n  serverApiConfig:\n    apiUrl: old\n  selfHostedServerApiConfig:\n    apiUrl: new\n",
        );
        assert_eq!(
            problems,
            [
                "v:3: worker.serverApiConfig.apiUrl: this is the old name of worker.selfHostedServerApiConfig.apiUrl, which is given at v:5 too; keep one of them"
            ]
        );
        let (_, _, problems) = migrated(
            "worker:\n  selfHostedCloudApiConfig: {apiUrl: a}\n  selfManagedCloudApiConfig: {apiUrl: b}\n",
        );
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn todays_names_are_left_alone() {
        let text = "worker:\n  apiConfig: cloud\n  serverApiConfig: null\n";
        let (values, notes, problems) = migrated(text);
        assert_eq!(values, json!({"worker": {"apiConfig": "cloud"}}));
        assert!(notes.is_empty() && problems.is_empty());
    }
}

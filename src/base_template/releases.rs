//! The default templates that pools of type `kubernetes` are given: which of them one began as.
//!
//! The latest, of prefect-kubernetes 0.7.13 and 0.8.0, is this program's own. The earlier ones are
//! kept as how they differ from the one after them, words for people left out: that of 0.5.10 and
//! 0.6.6, and the one that Prefect servers carry, which pools made on their web pages begin as.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::{Template, merge::distance};
use crate::template::default_base_job_template;

const EARLIER: &str = include_str!("earlier_releases.json");

/// A release's default template.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// What it is the default of: `prefect-kubernetes 0.8.0`.
    pub name: String,
    /// The template.
    pub template: Template,
}

/// The name of the latest.
const LATEST: &str = "prefect-kubernetes 0.8.0";

/// A default before the latest.
#[derive(Debug, Deserialize)]
struct Earlier {
    name: String,
    /// A JSON Merge Patch (RFC 7396) from the one before it in the list; at first, from the latest.
    patch: Value,
}

static ALL: LazyLock<Vec<Release>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "a constant, read by a test")]
    let earlier: Vec<Earlier> =
        serde_json::from_str(EARLIER).expect("the committed differences are JSON");
    let mut template = default_base_job_template();
    let mut all = vec![release(LATEST, &template)];
    for Earlier { name, patch } in earlier {
        apply(&mut template, &patch);
        all.push(release(&name, &template));
    }
    all
});

fn release(name: &str, template: &Value) -> Release {
    let members = template.as_object().cloned().unwrap_or_default();
    Release {
        name: name.to_owned(),
        template: Template::new(members),
    }
}

/// Applies a JSON Merge Patch.
fn apply(value: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = value else {
        return;
    };
    for (key, change) in changes {
        if change.is_null() {
            members.shift_remove(key);
        } else {
            apply(members.entry(key).or_insert(Value::Null), change);
        }
    }
}

/// The default of the latest release.
#[must_use]
pub fn latest() -> Release {
    release(LATEST, &default_base_job_template())
}

/// The release whose default a template is most like; of several the latest.
#[must_use]
pub fn nearest(template: &Template) -> Release {
    let template = template.to_value();
    ALL.iter()
        .min_by_key(|release| distance(&release.template.to_value(), &template))
        .cloned()
        .unwrap_or_else(latest)
}

/// Whether a default is that of a release before the latest.
#[must_use]
pub fn is_older(default: &Template) -> bool {
    let default = default.to_value();
    ALL.iter()
        .skip(1)
        .any(|release| distance(&release.template.to_value(), &default) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_template_is_most_like_the_default_it_began_as() {
        for known in ALL.iter() {
            let mut template = known.template.to_value();
            template["job_configuration"]["job_manifest"]["spec"]["activeDeadlineSeconds"] =
                json!(60);
            template["variables"]["properties"]["image"]["default"] = json!("mine");
            let template = Template::new(template.as_object().cloned().unwrap());
            assert_eq!(nearest(&template).name, known.name);
            assert_eq!(is_older(&known.template), known.name != latest().name);
        }
        assert_eq!(ALL.len(), 3);
    }

    #[test]
    fn patches_are_applied_as_the_standard_says() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        apply(
            &mut value,
            &json!({"a": {"b": null, "e": {"f": null}}, "d": {"x": 1}}),
        );
        assert_eq!(value, json!({"a": {"c": 2, "e": {}}, "d": {"x": 1}}));
    }
}

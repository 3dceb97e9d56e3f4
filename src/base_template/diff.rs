//! How two templates differ: by path, whatever the order of members, and of lists whose order means
//! nothing.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Path, path::Step};

/// Lists of a JSON schema whose order means nothing.
const SETS: [&str; 6] = ["required", "enum", "anyOf", "oneOf", "allOf", "type"];

/// Lists of a Job whose items are known by a member (the merge keys of Kubernetes), and whether
/// their order means something: the first container runs the flow, containers for the start run one
/// after the other, and a variable may refer to those before it.
const KEYED: [(&str, &str, bool); 8] = [
    ("containers", "name", true),
    ("initContainers", "name", true),
    ("env", "name", true),
    ("volumes", "name", false),
    ("volumeMounts", "mountPath", false),
    ("volumeDevices", "devicePath", false),
    ("imagePullSecrets", "name", false),
    ("topologySpreadConstraints", "topologyKey", false),
];

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What is different at a path.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum What {
    /// It is only in the new one.
    Add {
        /// The value.
        new: Value,
    },
    /// It is only in the old one.
    Remove {
        /// The value.
        old: Value,
    },
    /// Another value.
    Replace {
        /// The value before.
        old: Value,
        /// The value after.
        new: Value,
    },
    /// The same items in another order.
    Reorder {
        /// The names of the items before.
        old: Vec<String>,
        /// The names of the items after.
        new: Vec<String>,
    },
}

/// All differences from an old value to a new one, in the order of their paths.
#[must_use]
pub fn diff(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(&Path::default(), old, new, &mut found);
    found
}

/// Whether two values are the same: numbers by their value, objects whatever their order.
#[must_use]
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.as_f64() == other.as_f64() && (one.is_f64() || other.is_f64()))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|it| same(value, it)))
        }
        _ => one == other,
    }
}

fn compare(path: &Path, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => objects(path, old, new, found),
        (Value::Array(old), Value::Array(new)) => lists(path, old, new, found),
        _ if same(old, new) => {}
        _ => replaced(path, old, new, found),
    }
}

fn objects(
    path: &Path,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        pair(&path.key(key), old.get(key), new.get(key), found);
    }
}

fn pair(path: &Path, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(old), Some(new)) => compare(path, old, new, found),
        (Some(old), None) => removed(path, old, found),
        (None, Some(new)) => added(path, new, found),
        (None, None) => {}
    }
}

fn lists(path: &Path, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    if is_set(path) {
        sets(path, old, new, found);
    } else if let Some(keyed) = Keyed::of(path, &[old, new]) {
        keyed.compare(path, old, new, found);
    } else {
        sequences(path, old, new, found);
    }
}

/// Whether the order of the list at this path means nothing, and its items have no names.
pub(super) fn is_set(path: &Path) -> bool {
    path.is_under("variables")
        && path.last_key().is_some_and(|key| SETS.contains(&key))
        // A variable may have such a name.
        && !matches!(path.steps(), [.., Step::Key(parent), _] if parent == "properties")
}

fn sets(path: &Path, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let only = |these: &[Value], those: &[Value]| -> Vec<(usize, Value)> {
        let is_there = |item: &Value| those.iter().any(|other| same(item, other));
        let all = these.iter().enumerate();
        all.filter(|(_, item)| !is_there(item))
            .map(|(index, item)| (index, item.clone()))
            .collect()
    };
    let (gone, come) = (only(old, new), only(new, old));
    if let ([(index, old)], [(_, new)]) = (gone.as_slice(), come.as_slice()) {
        return compare(&path.index(*index), old, new, found);
    }
    for (index, item) in &gone {
        removed(&path.index(*index), item, found);
    }
    for (index, item) in &come {
        added(&path.index(*index), item, found);
    }
}

/// Lists by position, what is the same at both ends left out.
fn sequences(path: &Path, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
    let alike = |(one, other): &(&Value, &Value)| same(one, other);
    let start = old.iter().zip(new).take_while(alike).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(alike)
        .count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    for index in 0..old.len().max(new.len()) {
        let path = path.index(start + index);
        pair(&path, old.get(index), new.get(index), found);
    }
}

/// A list whose items are known by a member.
pub(super) struct Keyed {
    key: &'static str,
    is_ordered: bool,
}

impl Keyed {
    /// How the items of all these lists are known, if all have names, each once.
    pub fn of(path: &Path, lists: &[&[Value]]) -> Option<Self> {
        let last = path.last_key()?;
        let (_, key, is_ordered) = *KEYED.iter().find(|(list, ..)| *list == last)?;
        let has_names = |items: &&[Value]| {
            let names: BTreeSet<&str> = items.iter().filter_map(|item| name(item, key)).collect();
            names.len() == items.len()
        };
        lists
            .iter()
            .all(has_names)
            .then_some(Self { key, is_ordered })
    }

    /// The name of an item.
    pub fn name<'a>(&self, item: &'a Value) -> &'a str {
        name(item, self.key).unwrap_or_default()
    }

    /// The item of a name.
    pub fn find<'a>(&self, items: &'a [Value], name: &str) -> Option<&'a Value> {
        items.iter().find(|item| self.name(item) == name)
    }

    fn compare(&self, path: &Path, old: &[Value], new: &[Value], found: &mut Vec<Difference>) {
        let names: Vec<&str> = old.iter().map(|item| self.name(item)).collect();
        let come = new.iter().map(|item| self.name(item));
        let come = come.filter(|name| !names.contains(name));
        for name in names.iter().copied().chain(come) {
            let (old, new) = (self.find(old, name), self.find(new, name));
            pair(&path.item(name), old, new, found);
        }
        let common = |these: &[Value], those: &[Value]| -> Vec<String> {
            let names = these.iter().map(|item| self.name(item));
            names
                .filter(|name| self.find(those, name).is_some())
                .map(str::to_owned)
                .collect()
        };
        let (before, after) = (common(old, new), common(new, old));
        if self.is_ordered && before != after {
            found.push(Difference {
                path: path.clone(),
                what: What::Reorder {
                    old: before,
                    new: after,
                },
            });
        }
    }
}

fn name<'a>(item: &'a Value, key: &str) -> Option<&'a str> {
    item.get(key)?.as_str()
}

fn added(path: &Path, new: &Value, found: &mut Vec<Difference>) {
    found.push(Difference {
        path: path.clone(),
        what: What::Add { new: new.clone() },
    });
}

fn removed(path: &Path, old: &Value, found: &mut Vec<Difference>) {
    found.push(Difference {
        path: path.clone(),
        what: What::Remove { old: old.clone() },
    });
}

fn replaced(path: &Path, old: &Value, new: &Value, found: &mut Vec<Difference>) {
    found.push(Difference {
        path: path.clone(),
        what: What::Replace {
            old: old.clone(),
            new: new.clone(),
        },
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The differences, each as a short line.
    fn lines(old: &Value, new: &Value) -> Vec<String> {
        let line = |difference: &Difference| {
            let path = &difference.path;
            match &difference.what {
                What::Add { new } => format!("+ {path} {new}"),
                What::Remove { old } => format!("- {path} {old}"),
                What::Replace { old, new } => format!("~ {path} {old} {new}"),
                What::Reorder { old, new } => {
                    format!("o {path} {} {}", old.join(","), new.join(","))
                }
            }
        };
        diff(old, new).iter().map(line).collect()
    }

    #[test]
    fn differences_are_found_by_path() {
        let schema = |schema: Value| json!({"variables": {"properties": {"x": schema}}});
        let pod = |part: Value| json!({"job_configuration": part});
        for (old, new, expected) in [
            (json!({"a": 1, "b": 2}), json!({"b": 2.0, "a": 1}), &[][..]),
            (
                json!({"a": 1, "b": {"c": null}}),
                json!({"b": {"c": 0, "d": []}}),
                &["- a 1", "~ b.c null 0", "+ b.d []"],
            ),
            (
                schema(
                    json!({"anyOf": [{"type": "string"}, {"type": "null"}], "required": ["a", "b"]}),
                ),
                schema(
                    json!({"required": ["b", "a"], "anyOf": [{"type": "null"}, {"type": "string"}]}),
                ),
                &[],
            ),
            (
                schema(json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
                schema(json!({"anyOf": [{"type": "null"}, {"type": "integer"}]})),
                &[r#"~ variables.properties.x.anyOf[0].type "string" "integer""#],
            ),
            (
                schema(json!({"enum": ["a", "b"]})),
                schema(json!({"enum": ["c", "b", "d"]})),
                &[
                    r#"- variables.properties.x.enum[0] "a""#,
                    r#"+ variables.properties.x.enum[0] "c""#,
                    r#"+ variables.properties.x.enum[2] "d""#,
                ],
            ),
            (
                pod(json!({"containers": [{"name": "a", "image": "x"}, {"name": "b"}]})),
                pod(
                    json!({"containers": [{"name": "b"}, {"name": "c"}, {"name": "a", "image": "y"}]}),
                ),
                &[
                    r#"~ job_configuration.containers[a].image "x" "y""#,
                    r#"+ job_configuration.containers[c] {"name":"c"}"#,
                    "o job_configuration.containers a,b b,a",
                ],
            ),
            (
                pod(json!({"volumes": [{"name": "a"}, {"name": "b"}]})),
                pod(json!({"volumes": [{"name": "b"}, {"name": "a"}]})),
                &[],
            ),
            (
                pod(json!({"env": "{{ env }}", "containers": [{"name": "a"}, {"name": "a"}]})),
                pod(json!({"env": [{"name": "A"}], "containers": [{"name": "a"}]})),
                &[
                    r#"- job_configuration.containers[1] {"name":"a"}"#,
                    r#"~ job_configuration.env "{{ env }}" [{"name":"A"}]"#,
                ],
            ),
            (
                pod(json!({"args": ["a", "b", "c"]})),
                pod(json!({"args": ["a", "x", "y", "c"]})),
                &[
                    r#"~ job_configuration.args[1] "b" "x""#,
                    r#"+ job_configuration.args[2] "y""#,
                ],
            ),
            (json!({"a": 1}), json!({"a": "1"}), &[r#"~ a 1 "1""#]),
            (json!({"a": true}), json!({"a": 1}), &["~ a true 1"]),
        ] {
            assert_eq!(lines(&old, &new), expected, "{old} {new}");
        }
    }

    #[test]
    fn a_variable_may_be_called_like_a_set() {
        let template = |list: Value| json!({"variables": {"properties": {"required": list}}});
        let (old, new) = (template(json!([1, 2])), template(json!([2, 1])));
        assert_eq!(diff(&old, &new).len(), 2);
    }

    #[test]
    fn differences_are_written_as_json() {
        let found = diff(&json!({"a": {"b": 1}}), &json!({"a": {"b": 2}}));
        assert_eq!(
            json!(found),
            json!([{"path": "a.b", "op": "replace", "old": 1, "new": 2}])
        );
    }
}

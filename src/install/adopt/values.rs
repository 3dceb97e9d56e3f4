//! The values of a release of Helm, as they render the same here.
//!
//! A release was rendered with the defaults of its chart's version: an image of that time, say. Those
//! that are others here become values that are given, so that taking the release over keeps them.

use serde_json::{Map, Value};

use crate::install::values::schema;

/// Values that say here what these of a user said with these defaults of a chart.
#[must_use]
pub fn same(user: &Value, chart: &Value) -> Value {
    let ours = schema::defaults().to_json();
    let mut values = others(chart, &ours);
    lay(&mut values, user);
    Value::Object(values)
}

/// Defaults of the chart that are others here. What this program does not know renders nothing.
fn others(chart: &Value, ours: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let (Some(chart), Some(ours)) = (chart.as_object(), ours.as_object()) else {
        return found;
    };
    for (key, theirs) in chart {
        let Some(our) = ours.get(key) else { continue };
        if theirs.is_object() && our.is_object() {
            let inside = others(theirs, our);
            if !inside.is_empty() {
                found.insert(key.clone(), inside.into());
            }
        } else if theirs != our && !(is_nothing(theirs) && is_nothing(our)) {
            found.insert(key.clone(), theirs.clone());
        }
    }
    found
}

/// What templates take for nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Lays the user's values over defaults, in Helm's way: maps merge, and null stays to remove.
fn lay(under: &mut Map<String, Value>, over: &Value) {
    for (key, value) in over.as_object().into_iter().flatten() {
        match (under.get_mut(key), value) {
            (Some(Value::Object(under)), Value::Object(_)) => lay(under, value),
            _ => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_defaults_that_are_others_here_are_kept() {
        let ours = schema::defaults().to_json();
        assert_eq!(same(&json!(null), &ours), json!({}));
        let mut chart = ours;
        chart["worker"]["image"]["prefectTag"] = "3.1.0-python3.11-kubernetes".into();
        chart["worker"]["image"]["pullSecrets"] = Value::Null;
        chart["worker"]["unheardOf"] = 1.into();
        let user =
            json!({"worker": {"config": {"workPool": "p"}, "image": {"pullPolicy": "Always"}}});
        assert_eq!(
            same(&user, &chart),
            json!({"worker": {
                "image": {"prefectTag": "3.1.0-python3.11-kubernetes", "pullPolicy": "Always"},
                "config": {"workPool": "p"},
            }})
        );
        let user = json!({"worker": {"image": {"prefectTag": "mine", "repository": null}}});
        let values = same(&user, &chart);
        assert_eq!(
            values["worker"]["image"],
            json!({"prefectTag": "mine", "repository": null})
        );
    }
}

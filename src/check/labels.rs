//! Whether a label selector of an object selects pods with given labels.

use std::collections::BTreeMap;

use serde_json::Value;

/// Whether a `LabelSelector` selects these labels. An empty one selects all.
#[must_use]
pub fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let matches = selector["matchLabels"].as_object().into_iter().flatten();
    let expressions = selector["matchExpressions"]
        .as_array()
        .into_iter()
        .flatten();
    matches
        .map(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        .chain(expressions.map(|expression| holds(expression, labels)))
        .all(|holds| holds)
}

fn holds(expression: &Value, labels: &BTreeMap<String, String>) -> bool {
    let key = expression["key"].as_str().unwrap_or_default();
    let value = labels.get(key);
    let is_among = || {
        let values = expression["values"].as_array().into_iter().flatten();
        value.is_some_and(|value| values.filter_map(Value::as_str).any(|it| it == value))
    };
    match expression["operator"].as_str() {
        Some("In") => is_among(),
        Some("NotIn") => !is_among(),
        Some("Exists") => value.is_some(),
        Some("DoesNotExist") => value.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_part_of_a_selector_has_to_hold() {
        let labels: BTreeMap<String, String> = [("a".to_owned(), "1".to_owned())].into();
        let expression = |operator: &str, key: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        for (selector, expected) in [
            (json!({}), true),
            (Value::Null, true),
            (json!({"matchLabels": {"a": "1"}}), true),
            (json!({"matchLabels": {"a": "1", "b": "2"}}), false),
            (expression("In", "a", &["0", "1"]), true),
            (expression("In", "b", &["1"]), false),
            (expression("NotIn", "a", &["1"]), false),
            (expression("NotIn", "b", &["1"]), true),
            (expression("Exists", "a", &[]), true),
            (expression("DoesNotExist", "a", &[]), false),
            (expression("Odd", "a", &[]), false),
        ] {
            assert_eq!(selects(&selector, &labels), expected, "{selector}");
        }
    }
}

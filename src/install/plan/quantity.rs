//! Quantities as the API server stores them: `1000m` is `1`, `1024Mi` is `1Gi`.
//!
//! Ownership of fields is compared by what is written. Somebody who once applied `1000m` owns a
//! field whose value reads `1`, and would be in conflict with us over nothing.

use serde_json::Value;

/// Units, each with the larger one and how many make it.
const UNITS: [(&str, &str, u64); 12] = [
    ("n", "u", 1000),
    ("u", "m", 1000),
    ("m", "", 1000),
    ("", "k", 1000),
    ("k", "M", 1000),
    ("M", "G", 1000),
    ("G", "T", 1000),
    ("T", "P", 1000),
    ("Ki", "Mi", 1024),
    ("Mi", "Gi", 1024),
    ("Gi", "Ti", 1024),
    ("Ti", "Pi", 1024),
];

/// A quantity in its usual form; what is none, or has a fraction, is left as it is.
fn canonical(text: &str) -> Option<String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, mut unit) = text.split_at(digits);
    let mut number: u64 = number.parse().ok()?;
    if !unit.is_empty()
        && !UNITS
            .iter()
            .any(|(small, large, _)| unit == *small || unit == *large)
    {
        return None;
    }
    while let Some((_, large, many)) = UNITS.iter().find(|(small, ..)| unit == *small) {
        if number == 0 || !number.is_multiple_of(*many) {
            break;
        }
        number /= many;
        unit = large;
    }
    Some(format!("{number}{unit}"))
}

/// Brings the quantities of all containers of an object into their usual form.
pub fn normalise(object: &mut Value) {
    match object {
        Value::Array(items) => items.iter_mut().for_each(normalise),
        Value::Object(members) => {
            for (key, value) in members {
                if key == "resources" {
                    for part in ["requests", "limits"] {
                        let quantities = value.get_mut(part).and_then(Value::as_object_mut);
                        for (_, quantity) in quantities.into_iter().flatten() {
                            if let Some(text) = quantity.as_str().and_then(canonical) {
                                *quantity = text.into();
                            }
                        }
                    }
                } else {
                    normalise(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_written_as_they_are_stored() {
        for (text, expected) in [
            ("1000m", Some("1")),
            ("1500m", Some("1500m")),
            ("100m", Some("100m")),
            ("2", Some("2")),
            ("2000", Some("2k")),
            ("1024Mi", Some("1Gi")),
            ("1Gi", Some("1Gi")),
            ("256Mi", Some("256Mi")),
            ("0", Some("0")),
            ("1.5", None),
            ("1e3", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
        let mut pod =
            json!({"containers": [{"resources": {"limits": {"cpu": "1000m", "memory": 5}}}]});
        normalise(&mut pod);
        assert_eq!(
            pod,
            json!({"containers": [{"resources": {"limits": {"cpu": "1", "memory": 5}}}]})
        );
    }
}

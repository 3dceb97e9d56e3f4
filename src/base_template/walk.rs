//! Walks over a template with the path of each part.

use serde_json::Value;

use super::Path;

/// Calls `visit` with every text of a value, and whether it is a key.
pub fn texts<'a>(value: &'a Value, path: &Path, visit: &mut impl FnMut(&Path, &'a str, bool)) {
    match value {
        Value::String(text) => visit(path, text, false),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                texts(item, &path.index(index), visit);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let path = path.key(key);
                visit(&path, key, true);
                texts(member, &path, visit);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

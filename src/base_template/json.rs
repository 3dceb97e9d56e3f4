//! JSON with an eye on keys that are there twice: the last one counts, and the first is lost.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Path;

/// Reads a document; gives the paths of keys that are there twice too.
///
/// # Errors
/// When it is not JSON.
pub fn read(bytes: &[u8]) -> serde_json::Result<(Value, Vec<Path>)> {
    let twice = RefCell::default();
    let seed = Seed {
        path: Path::default(),
        twice: &twice,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok((value, twice.into_inner()))
}

struct Seed<'a> {
    path: Path,
    twice: &'a RefCell<Vec<Path>>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(item) = items.next_element_seed(Seed {
            path: self.path.index(read.len()),
            twice: self.twice,
        })? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let path = self.path.key(&key);
            let value = members.next_value_seed(Seed {
                path: path.clone(),
                twice: self.twice,
            })?;
            if read.insert(key, value).is_some() {
                self.twice.borrow_mut().push(path);
            }
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_read_as_ever_and_repeated_keys_are_named() {
        let text = r#"{"a": [1, -1, 1.5, 1e20, 18446744073709551615, "é", true, null, {"b": 1, "b": {"c": 2}}], "a": 3, "d": {}}"#;
        let (value, twice) = read(text.as_bytes()).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
        let twice: Vec<String> = twice.iter().map(ToString::to_string).collect();
        assert_eq!(twice, ["a[8].b", "a"]);
        assert_eq!(read(b"[]").unwrap(), (json!([]), vec![]));
        for wrong in ["", "{", "{} x", "nul"] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}

//! A base job template as a work pool holds it: the configuration with its placeholders, and the
//! schema of the variables that fill them.

use serde_json::{Map, Value};

use super::{TemplateError, python};

/// A base job template whose parts have the right types.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseJobTemplate {
    /// The settings of a run, with placeholders.
    pub job_configuration: Map<String, Value>,
    /// The JSON schema of the job variables.
    pub variables: Map<String, Value>,
}

impl BaseJobTemplate {
    /// Takes a template as the API or a file gives it.
    ///
    /// # Errors
    /// The first part that is missing or of the wrong type, named by its path.
    pub fn parse(template: &Value) -> Result<Self, TemplateError> {
        let Value::Object(parts) = template else {
            return Err(wrong("root", "an object", Some(template)));
        };
        let part = |name: &str| match parts.get(name) {
            Some(Value::Object(part)) => Ok(part.clone()),
            other => Err(wrong(name, "an object", other)),
        };
        let template = Self {
            job_configuration: part("job_configuration")?,
            variables: part("variables")?,
        };
        template.check_properties()?;
        Ok(template)
    }

    fn check_properties(&self) -> Result<(), TemplateError> {
        const PATH: &str = "variables.properties";
        let Some(properties) = self.variables.get("properties") else {
            return Ok(());
        };
        let Value::Object(properties) = properties else {
            return Err(wrong(PATH, "an object", Some(properties)));
        };
        for (name, schema) in properties {
            let is_usable = match schema {
                Value::Object(_) => true,
                // Python asks only whether such a schema contains "default".
                Value::String(text) => !text.contains("default"),
                Value::Array(items) => !items.contains(&Value::from("default")),
                Value::Null | Value::Bool(_) | Value::Number(_) => false,
            };
            if !is_usable {
                return Err(wrong(&format!("{PATH}.{name}"), "a schema", Some(schema)));
            }
        }
        Ok(())
    }

    /// The schema of each declared variable, in order.
    pub fn properties(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.variables
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    }

    /// The default of each variable that has one; a default of null is none.
    #[must_use]
    pub fn defaults(&self) -> Map<String, Value> {
        self.properties()
            .filter_map(|(name, schema)| Some((name, schema.get("default")?)))
            .filter(|(_, default)| !default.is_null())
            .map(|(name, default)| (name.clone(), default.clone()))
            .collect()
    }
}

fn wrong(part: &str, expected: &str, found: Option<&Value>) -> TemplateError {
    TemplateError::Template {
        part: part.to_owned(),
        problem: match found {
            None => "is missing".to_owned(),
            Some(found) => format!("must be {expected}, and is {}", python::type_name(found)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn defaults_of_null_are_none() {
        let template = BaseJobTemplate::parse(&json!({
            "job_configuration": {},
            "variables": {"properties": {"a": {"default": null}, "b": {"default": 0}, "c": {}, "d": "x"}},
        }))
        .unwrap();
        assert_eq!(Value::from(template.defaults()), json!({"b": 0}));
    }

    #[test]
    fn a_wrong_part_is_named() {
        for (template, message) in [
            (
                json!([]),
                "the base job template's root must be an object, and is a list",
            ),
            (
                json!({}),
                "the base job template's job_configuration is missing",
            ),
            (
                json!({"job_configuration": {}, "variables": {"properties": []}}),
                "the base job template's variables.properties must be an object, and is a list",
            ),
            (
                json!({"job_configuration": {}, "variables": {"properties": {"a": true}}}),
                "the base job template's variables.properties.a must be a schema, and is a boolean",
            ),
        ] {
            let error = BaseJobTemplate::parse(&template).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}

//! The namespace that a template sends Jobs to when nobody names another.

use serde_json::{Map, Value};

use super::Template;

/// The default of the variable `namespace`.
#[must_use]
pub fn default_namespace(template: &Map<String, Value>) -> Option<&str> {
    let variables = template.get("variables")?.get("properties")?;
    variables.get("namespace")?.get("default")?.as_str()
}

/// A template whose Jobs go to this namespace; nothing for one that has no variable `namespace`.
#[must_use]
pub fn with_namespace(template: &Template, namespace: &str) -> Option<Template> {
    let mut document = template.to_value();
    let variable = document.pointer_mut("/variables/properties/namespace")?;
    variable
        .as_object_mut()?
        .insert("default".to_owned(), namespace.into());
    match document {
        Value::Object(members) => Some(Template::new(members)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::default_base_job_template;

    #[test]
    fn the_default_of_the_variable_is_the_namespace() {
        let template = |document: Value| Template::new(document.as_object().unwrap().clone());
        let ours = template(default_base_job_template());
        let namespace = |template: &Template| {
            let document = template.to_value();
            default_namespace(document.as_object().unwrap()).map(str::to_owned)
        };
        assert_eq!(namespace(&ours).as_deref(), Some("default"));
        let flows = with_namespace(&ours, "flows").unwrap();
        assert_eq!(namespace(&flows).as_deref(), Some("flows"));
        let none = template(serde_json::json!({"variables": {}}));
        assert_eq!((namespace(&none), with_namespace(&none, "x")), (None, None));
    }
}

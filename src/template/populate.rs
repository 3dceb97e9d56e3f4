//! The first phase: a template's placeholders are filled from defaults, job variables and the
//! worker's environment. Blocks and Prefect variables come after it.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    BaseJobTemplate, TemplateError,
    job_variables::{ENV, nest},
    placeholder::{Placeholder, Source, lone, look_up, placeholders},
    python,
};
use crate::env_vars::Environment;

/// Fills a template's job configuration.
///
/// `job_variables` are those of the deployment and the flow run together (see
/// [`merge`](super::merge_job_variables)); `environment` is the worker's own, for `{{ $NAME }}`.
/// What is filled in is not rendered again.
///
/// # Errors
/// Job variables that contradict each other, and an `env` that cannot be merged into the
/// template's.
pub fn populate(
    template: &BaseJobTemplate,
    job_variables: &Map<String, Value>,
    environment: &Environment,
) -> Result<Value, TemplateError> {
    let mut configuration = Cow::Borrowed(&template.job_configuration);
    let mut variables = template.defaults();
    let default_env = variables.get(ENV).filter(|env| python::is_truthy(env));
    if let Some(default) = default_env.cloned() {
        if configuration.get(ENV).is_some_and(Value::is_object) {
            merge_env(configuration.to_mut(), &default)?;
        } else {
            configuration.to_mut().insert(ENV.to_owned(), default);
        }
    }
    variables.extend(nest(job_variables)?);
    if configuration.get(ENV).is_some_and(Value::is_object) {
        let env = variables.get(ENV).filter(|env| python::is_truthy(env));
        if let Some(env) = env {
            merge_env(configuration.to_mut(), env)?;
        }
    }
    Ok(Value::Object(render_members(
        &configuration,
        &Values {
            variables: &variables,
            environment,
        },
    )))
}

/// Merges values of the variable `env` into the `env` object of the configuration.
fn merge_env(configuration: &mut Map<String, Value>, env: &Value) -> Result<(), TemplateError> {
    let Value::Object(env) = env else {
        return Err(TemplateError::JobVariable {
            name: ENV.to_owned(),
            problem: format!(
                "must be an object to be merged with the template's env, and is {}",
                python::type_name(env)
            ),
        });
    };
    if let Some(Value::Object(target)) = configuration.get_mut(ENV) {
        target.extend(
            env.iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    Ok(())
}

/// What placeholders are filled from.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// Job variables, or what else paths lead into.
    pub variables: &'a Map<String, Value>,
    /// The worker's environment, for `{{ $NAME }}`.
    pub environment: &'a Environment,
}

/// Fills the placeholders of a value, at any depth. None: nothing is left of it, and its key or
/// its place in a list goes.
///
/// A text that is only one placeholder takes the value with its type. Inside a longer text a value
/// becomes text, and a missing one nothing. Blocks and Prefect variables stay for later phases.
#[must_use]
pub fn render(template: &Value, values: &Values<'_>) -> Option<Value> {
    match template {
        Value::String(text) => render_text(text, values),
        Value::Array(items) => Some(Value::Array(
            items
                .iter()
                .filter_map(|item| render(item, values))
                .collect(),
        )),
        Value::Object(members) => Some(Value::Object(render_members(members, values))),
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(template.clone()),
    }
}

fn render_members(members: &Map<String, Value>, values: &Values<'_>) -> Map<String, Value> {
    members
        .iter()
        .filter_map(|(key, member)| Some((key.clone(), render(member, values)?)))
        .collect()
}

/// As [`render`], for one text.
pub(super) fn render_text(text: &str, values: &Values<'_>) -> Option<Value> {
    let found = placeholders(text);
    if let Some(Placeholder {
        source: Source::Value { path },
        ..
    }) = lone(text, &found)
    {
        return look_up(values.variables, path);
    }
    let mut text = text.to_owned();
    for placeholder in found {
        let value = match placeholder.source {
            Source::Value { path } => look_up(values.variables, path),
            Source::Environment { name } => values.environment.get(name).map(Value::from),
            Source::Block { .. } | Source::Variable { .. } => continue,
        };
        let value = value.as_ref().map(python::to_text).unwrap_or_default();
        text = text.replace(placeholder.text, &value);
    }
    Some(Value::String(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is no object"),
        }
    }

    fn rendered(template: Value) -> Option<Value> {
        let variables = object(json!({
            "n": 7, "f": 1e20, "t": true, "null": null, "text": "{{ n }}",
            "list": [1, "a", null], "map": {"k": {"deep": [10]}},
        }));
        let environment = Environment::from_iter([("HOME", "/home/me")]);
        render(
            &template,
            &Values {
                variables: &variables,
                environment: &environment,
            },
        )
    }

    #[test]
    fn placeholders_take_values_with_their_types() {
        for (template, value) in [
            (json!("{{ n }}"), Some(json!(7))),
            (json!("{{ null }}"), Some(json!(null))),
            (json!("{{ map.k.deep[0] }}"), Some(json!(10))),
            (json!("{{ missing }}"), None),
            (json!("{{ text }}"), Some(json!("{{ n }}"))),
            (json!("{{ $HOME }}"), Some(json!("/home/me"))),
            (json!("{{ $MISSING }}"), Some(json!(""))),
            (
                json!("{{ n }}/{{ f }}/{{ t }}/{{ null }}/{{ list }}/{{ map }}/{{ missing }}/"),
                Some(json!(
                    "7/1e+20/True/None/[1, 'a', None]/{'k': {'deep': [10]}}//"
                )),
            ),
            (
                json!("{{ prefect.blocks.secret.x }} {{ prefect.variables.y }}"),
                Some(json!(
                    "{{ prefect.blocks.secret.x }} {{ prefect.variables.y }}"
                )),
            ),
            (
                json!({"{{ n }}": ["{{ n }}", "{{ missing }}", ["{{ missing }}"]], "gone": "{{ missing }}"}),
                Some(json!({"{{ n }}": [7, []]})),
            ),
            (json!([null, true, 1.5]), Some(json!([null, true, 1.5]))),
        ] {
            assert_eq!(rendered(template.clone()), value, "{template}");
        }
    }

    fn populated(configuration: Value, properties: Value, variables: Value) -> Value {
        let template = BaseJobTemplate::parse(&json!({
            "job_configuration": configuration,
            "variables": {"properties": properties},
        }))
        .unwrap();
        populate(&template, &object(variables), &Environment::default()).unwrap()
    }

    #[test]
    fn env_is_merged_into_an_object_and_replaces_a_placeholder() {
        let properties = json!({"env": {"default": {"A": "default", "B": "default"}}});
        assert_eq!(
            populated(
                json!({"env": {"A": "template", "Z": "{{ z }}"}}),
                properties.clone(),
                json!({"env": {"B": "given"}, "z": 1}),
            ),
            json!({"env": {"A": "default", "Z": 1, "B": "given"}})
        );
        assert_eq!(
            populated(
                json!({"env": "{{ env }}", "again": "{{ env }}"}),
                properties,
                json!({"env.B": "given"}),
            ),
            json!({"env": {"A": "default", "B": "given"}, "again": {"B": "given"}})
        );
    }

    #[test]
    fn an_env_that_is_no_object_cannot_be_merged() {
        let template = BaseJobTemplate::parse(&json!({
            "job_configuration": {"env": {}}, "variables": {},
        }))
        .unwrap();
        let variables = object(json!({"env": [{"name": "A"}]}));
        let error = populate(&template, &variables, &Environment::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the job variable \"env\" must be an object to be merged with the template's env, and is a list"
        );
    }
}

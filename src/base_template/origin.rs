//! Where the value of each job variable comes from.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Path, walk};
use crate::{
    suggest::nearest,
    template::{
        BaseJobTemplate, TemplateError, nest_job_variables,
        placeholder::{Source, placeholders, steps},
    },
};

/// The variable whose values are merged name by name.
const ENV: &str = "env";

/// A layer of job variables, the weakest first.
#[derive(Debug)]
pub struct Layer<'a> {
    /// What the values come from, for people: `the deployment hello/first`.
    pub name: String,
    /// The values.
    pub variables: &'a Map<String, Value>,
}

/// A job variable and its origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The variable; `env.NAME` for each of the environment.
    pub variable: String,
    /// Its value. None: it has none, and what asks for it is left out.
    pub value: Option<Value>,
    /// Where the value comes from.
    pub from: String,
    /// Those whose values it took the place of, the weakest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<String>,
    /// Why it has no effect, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_effect: Option<String>,
}

/// The origin of each variable: those of the template in their order, then those that it does not
/// know.
///
/// # Errors
/// Job variables that contradict each other.
pub fn origins(
    template: &BaseJobTemplate,
    layers: &[Layer<'_>],
) -> Result<Vec<Origin>, TemplateError> {
    let layers = layers
        .iter()
        .map(|layer| Ok((layer.name.as_str(), nest_job_variables(layer.variables)?)))
        .collect::<Result<Vec<_>, TemplateError>>()?;
    let used = used(template);
    let defaults = template.defaults();
    let given = layers.iter().flat_map(|(_, variables)| variables.keys());
    let known = template.properties().map(|(name, _)| name);
    let mut names: Vec<&String> = Vec::new();
    for name in known.chain(given) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut found = Vec::new();
    for name in names {
        let mut values: Vec<(&str, &Value)> = Vec::new();
        values.extend(
            defaults
                .get(name)
                .map(|value| ("the template's default", value)),
        );
        for (layer, variables) in &layers {
            values.extend(variables.get(name).map(|value| (*layer, value)));
        }
        let without_effect = why_without_effect(template, name, &used);
        if name == ENV && values.iter().all(|(_, value)| value.is_object()) && !values.is_empty() {
            found.extend(environment(&values));
        } else {
            found.push(origin(name.clone(), &values, without_effect));
        }
    }
    Ok(found)
}

fn origin(variable: String, values: &[(&str, &Value)], without_effect: Option<String>) -> Origin {
    let (value, from, instead_of) = match values.split_last() {
        None => (None, "unset".to_owned(), Vec::new()),
        Some(((from, value), others)) => (
            Some((*value).clone()),
            (*from).to_owned(),
            others.iter().map(|(from, _)| (*from).to_owned()).collect(),
        ),
    };
    Origin {
        variable,
        value,
        from,
        instead_of,
        without_effect,
    }
}

/// The environment name by name.
fn environment(values: &[(&str, &Value)]) -> Vec<Origin> {
    let names: BTreeSet<&String> = values
        .iter()
        .filter_map(|(_, value)| value.as_object())
        .flat_map(Map::keys)
        .collect();
    let of_name = |name: &String| {
        let values: Vec<(&str, &Value)> = values
            .iter()
            .filter_map(|(from, value)| Some((*from, value.get(name)?)))
            .collect();
        origin(format!("{ENV}.{name}"), &values, None)
    };
    names.into_iter().map(of_name).collect()
}

/// The variables that the configuration asks for.
fn used(template: &BaseJobTemplate) -> BTreeSet<String> {
    let mut used = BTreeSet::from([ENV.to_owned()]);
    let configuration = Value::Object(template.job_configuration.clone());
    walk::texts(&configuration, &Path::default(), &mut |_, text, is_key| {
        if is_key {
            return;
        }
        for placeholder in placeholders(text) {
            if let Source::Value { path } = placeholder.source {
                used.extend(steps(path).into_iter().next());
            }
        }
    });
    used
}

fn why_without_effect(
    template: &BaseJobTemplate,
    name: &str,
    used: &BTreeSet<String>,
) -> Option<String> {
    if used.contains(name) {
        return None;
    }
    let declared: Vec<&str> = template
        .properties()
        .map(|(name, _)| name.as_str())
        .collect();
    if declared.contains(&name) {
        return Some("the template asks for it nowhere".to_owned());
    }
    let names = declared
        .iter()
        .copied()
        .chain(used.iter().map(String::as_str));
    Some(match nearest(name, names) {
        Some(meant) => format!("the template has no such variable; did you mean {meant}?"),
        None => "the template has no such variable".to_owned(),
    })
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

    #[test]
    fn each_variable_has_its_origin() {
        let template = BaseJobTemplate::parse(&json!({
            "job_configuration": {"image": "{{ image }}", "x": "a{{ cpu }}b{{ size.big }}"},
            "variables": {"properties": {
                "image": {"default": "i"}, "cpu": {}, "size": {"default": null},
                "idle": {"default": 1}, "env": {"default": {"A": 1, "B": 1}},
            }},
        }))
        .unwrap();
        let deployment = object(json!({"image": "d", "env": {"B": 2}, "imgae": "typo"}));
        let run = object(json!({"cpu": "1", "env.C": 3, "image": null}));
        let layers = [
            Layer {
                name: "the deployment".to_owned(),
                variables: &deployment,
            },
            Layer {
                name: "the run".to_owned(),
                variables: &run,
            },
        ];
        let lines: Vec<String> = origins(&template, &layers)
            .unwrap()
            .iter()
            .map(|origin| {
                let value = origin
                    .value
                    .as_ref()
                    .map_or("-".to_owned(), ToString::to_string);
                let why = origin.without_effect.clone().unwrap_or_default();
                let instead = origin.instead_of.join(",");
                format!(
                    "{} {value} {} [{instead}] {why}",
                    origin.variable, origin.from
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "image null the run [the template's default,the deployment] ",
                "cpu \"1\" the run [] ",
                "size - unset [] ",
                "idle 1 the template's default [] the template asks for it nowhere",
                "env.A 1 the template's default [] ",
                "env.B 2 the deployment [the template's default] ",
                "env.C 3 the run [] ",
                "imgae \"typo\" the deployment [] the template has no such variable; did you mean image?",
            ]
        );
    }
}

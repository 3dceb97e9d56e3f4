//! What expressions see.

use serde_json::Value;

use super::ExpressionError;

/// What `include` gives, by the names that the chart has for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definitions {
    /// `common.names.name`
    pub name: String,
    /// `common.names.fullname`
    pub fullname: String,
    /// `common.names.namespace`
    pub namespace: String,
    /// `worker.serviceAccountName`
    pub service_account: String,
    /// `worker.baseJobTemplateName`; empty when there is no template.
    pub template_config_map: String,
}

impl Definitions {
    const NAMES: [&str; 6] = [
        "common.names.name",
        "common.names.fullname",
        "common.names.namespace",
        "common.names.fullname.namespace",
        "worker.serviceAccountName",
        "worker.baseJobTemplateName",
    ];

    /// The text of a definition.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn get(&self, name: &str) -> Result<String, ExpressionError> {
        Ok(match name {
            "common.names.name" => self.name.clone(),
            "common.names.fullname" => self.fullname.clone(),
            "common.names.namespace" => self.namespace.clone(),
            "common.names.fullname.namespace" => {
                let both = format!("{}-{}", self.fullname, self.namespace);
                super::text::short_name(&both)
            }
            "worker.serviceAccountName" => self.service_account.clone(),
            "worker.baseJobTemplateName" => self.template_config_map.clone(),
            _ => {
                return Err(ExpressionError(format!(
                    "include knows no {name:?}, but {}",
                    Self::NAMES.join(", ")
                )));
            }
        })
    }
}

/// What expressions see.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// `.Release.Name`
    pub release: &'a str,
    /// `.Release.Namespace`
    pub namespace: &'a str,
    /// `.Chart.AppVersion`
    pub app_version: &'a str,
    /// `.Values`
    pub values: &'a Value,
    /// What `include` gives.
    pub definitions: &'a Definitions,
}

impl Scope<'_> {
    /// The value of a path from the root.
    ///
    /// # Errors
    /// When there is nothing of the kind.
    pub fn field(&self, path: &[String]) -> Result<Value, ExpressionError> {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = |text: &str| Ok(Value::String(text.to_owned()));
        match names.as_slice() {
            ["Values", ..] => into(self.values, &path[1..]),
            ["Release", "Name"] => text(self.release),
            ["Release", "Namespace"] => text(self.namespace),
            ["Release", "Service"] => text("kubectl-prefect"),
            ["Chart", "Name"] => text("prefect-worker"),
            ["Chart", "AppVersion"] => text(self.app_version),
            [] => Err(ExpressionError(
                "a dot alone stands for everything, which has no text".to_owned(),
            )),
            _ => Err(ExpressionError(format!(
                ".{} is not known here: there are .Values, .Release.Name, .Release.Namespace, \
                 .Release.Service, .Chart.Name and .Chart.AppVersion",
                names.join(".")
            ))),
        }
    }
}

/// Follows a path into a value; what is missing is null, and null has no members.
pub(super) fn into(value: &Value, path: &[String]) -> Result<Value, ExpressionError> {
    let mut found = value;
    for name in path {
        found = match found {
            Value::Object(members) => members.get(name).unwrap_or(&Value::Null),
            Value::Null => {
                return Err(ExpressionError(format!(
                    "{name} is asked of a value that is not set"
                )));
            }
            _ => {
                return Err(ExpressionError(format!(
                    "{name} is asked of a value that is no map"
                )));
            }
        };
    }
    Ok(found.clone())
}

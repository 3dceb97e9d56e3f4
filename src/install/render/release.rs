//! A release on its way to objects: its values, its names, and the expressions in values.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::{PREFECT_VERSION, api::Api, names, needed};
use crate::{
    error::{Error, Result},
    install::{
        expression::{self, AtPath, Definitions, Scope},
        values::{
            Resolved, Values,
            model::{Configuration, Part, Texts, Worker},
        },
    },
};

/// Name of the ConfigMap with the base job template, unless the values name it.
const TEMPLATE_CONFIG_MAP: &str = "prefect-worker-base-job-template";

/// A release: what renderers take.
#[derive(Debug)]
pub struct Release<'a> {
    /// Its name.
    pub name: &'a str,
    /// The namespace of the command line; objects go to `definitions.namespace`.
    namespace: &'a str,
    resolved: &'a Resolved,
    /// The names of its objects.
    pub definitions: Definitions,
    /// The Prefect API.
    pub api: Api,
    notes: RefCell<Vec<String>>,
}

impl<'a> Release<'a> {
    /// Puts a release together.
    ///
    /// # Errors
    /// When it cannot have its name, or a value that it needs is empty.
    pub fn new(name: &'a str, namespace: &'a str, resolved: &'a Resolved) -> Result<Self> {
        names::check_release_name(name)?;
        let values = &resolved.values;
        let definitions = definitions(values, name, namespace);
        let checks = [
            (definitions.fullname.as_str(), "fullnameOverride", true),
            (definitions.namespace.as_str(), "namespaceOverride", false),
            (
                definitions.service_account.as_str(),
                "serviceAccount.name",
                true,
            ),
        ];
        for (name, path, dots) in checks {
            let fits = if dots {
                names::is_subdomain(name)
            } else {
                names::is_label(name)
            };
            if !fits {
                return Err(Error::usage(format!("{path}: {name:?} cannot be a name in Kubernetes"))
                    .hint("a name has lower case letters, digits and dashes, and begins and ends with a letter or digit"));
            }
        }
        needed::check(resolved)?;
        Ok(Self {
            name,
            namespace,
            definitions,
            api: Api::of(resolved),
            resolved,
            notes: RefCell::default(),
        })
    }

    /// The values.
    #[must_use]
    pub const fn values(&self) -> &'a Values {
        &self.resolved.values
    }

    /// The worker's values.
    #[must_use]
    pub const fn worker(&self) -> &'a Worker {
        &self.resolved.values.worker
    }

    /// The namespace of the objects.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.definitions.namespace
    }

    /// The namespace of the Role and the RoleBinding.
    #[must_use]
    pub fn role_namespace(&self) -> &str {
        names::given(self.values().role.namespace.as_ref()).unwrap_or(self.namespace())
    }

    /// The ConfigMap with the base job template, if there is one.
    #[must_use]
    pub fn template_config_map(&self) -> Option<&str> {
        Some(self.definitions.template_config_map.as_str()).filter(|name| !name.is_empty())
    }

    /// The work pool.
    ///
    /// # Errors
    /// When it is not named.
    pub fn work_pool(&self) -> Result<&'a str> {
        names::given(self.worker().config.work_pool.as_ref())
            .ok_or_else(|| self::needed(needed::POOL.0, needed::POOL.1))
    }

    /// How many workers there may be at once.
    #[must_use]
    pub fn most_replicas(&self) -> i64 {
        let worker = self.worker();
        if worker.autoscaling.enabled {
            worker.autoscaling.max_replicas
        } else {
            worker.replica_count.unwrap_or(1)
        }
    }

    /// Tells the user something.
    pub fn note(&self, note: impl Into<String>) {
        self.notes.borrow_mut().push(note.into());
    }

    /// What was told.
    #[must_use]
    pub fn into_notes(self) -> Vec<String> {
        self.notes.into_inner()
    }

    /// A text with its expressions evaluated.
    ///
    /// # Errors
    /// When an expression has no value; the error names `path`.
    pub fn text(&self, path: &str, text: &str) -> Result<String> {
        expression::evaluate(text, &self.scope()).map_err(|error| {
            self.unevaluated(
                path,
                AtPath {
                    path: String::new(),
                    error,
                },
            )
        })
    }

    /// Labels or annotations with their expressions evaluated.
    ///
    /// # Errors
    /// When an expression has no value; the error names its path.
    pub fn texts(&self, path: &str, texts: &Texts) -> Result<Map<String, Value>> {
        let mut out = Map::new();
        for (key, value) in texts {
            let path = format!("{path}.{key}");
            out.insert(self.text(&path, key)?, self.text(&path, value)?.into());
        }
        Ok(out)
    }

    /// A part of an object with its expressions evaluated.
    ///
    /// # Errors
    /// When an expression has no value; the error names its path.
    pub fn part(&self, path: &str, part: &Part) -> Result<Map<String, Value>> {
        expression::evaluate_map(part, &self.scope()).map_err(|at| self.unevaluated(path, at))
    }

    /// Parts of an object with their expressions evaluated.
    ///
    /// # Errors
    /// When an expression has no value; the error names its path.
    pub fn parts(&self, path: &str, parts: &[Part]) -> Result<Vec<Value>> {
        parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                self.part(&format!("{path}[{index}]"), part)
                    .map(Value::Object)
            })
            .collect()
    }

    /// The error of a value, with the place where the user gave it.
    #[must_use]
    pub fn error(&self, path: &str, why: &str) -> Error {
        self.resolved.error(path, why)
    }

    fn unevaluated(&self, path: &str, at: AtPath) -> Error {
        let path = format!("{path}{}", at.path);
        self.error(&path, "its template expression cannot be evaluated")
            .cause(at.error.0)
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            release: self.name,
            namespace: self.namespace,
            app_version: PREFECT_VERSION,
            values: &self.resolved.tree,
            definitions: &self.definitions,
        }
    }
}

fn definitions(values: &Values, release: &str, namespace: &str) -> Definitions {
    let fullname = names::fullname(values, release);
    let account = names::given(values.service_account.name.as_ref());
    let otherwise = if values.service_account.create {
        fullname.as_str()
    } else {
        "default"
    };
    let namespace = names::given(values.namespace_override.as_ref()).unwrap_or(namespace);
    Definitions {
        name: names::name(values),
        namespace: names::short(namespace),
        service_account: account.unwrap_or(otherwise).to_owned(),
        template_config_map: template_config_map(values).to_owned(),
        fullname,
    }
}

fn template_config_map(values: &Values) -> &str {
    let template = &values.worker.config.base_job_template;
    if configuration_is_given(template.configuration.as_ref()) {
        return names::given(template.name.as_ref()).unwrap_or(TEMPLATE_CONFIG_MAP);
    }
    names::given(template.existing_config_map_name.as_ref()).unwrap_or_default()
}

/// An empty template counts as none, as an empty text does in the chart.
pub fn configuration_is_given(configuration: Option<&Configuration>) -> bool {
    match configuration {
        None => false,
        Some(Configuration::Json(text)) => !text.is_empty(),
        Some(Configuration::Map(members)) => !members.is_empty(),
    }
}

/// The error of a value that is needed and empty.
pub fn needed(path: &str, what: &str) -> Error {
    Error::usage(format!("{path} is needed: {what}")).hint(format!(
        "set it in a file of values, or with --set {path}=..."
    ))
}

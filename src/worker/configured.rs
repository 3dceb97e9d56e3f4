//! Configurations that were made, for the next run of which the same would be made: most runs of a
//! deployment differ in nothing that a template reads.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value};

use crate::template::{BaseJobTemplate, JobConfiguration};

/// Configurations kept at most; the one that was asked for the longest ago goes first.
const CAPACITY: usize = 8;
/// Bytes of job variables, as JSON, up to which a configuration is kept.
const LARGEST: usize = 64 << 10;

/// Configurations by what they were made of. Only those are kept that ask the API for nothing, so
/// that none can grow old.
#[derive(Default)]
pub struct Configured(Mutex<VecDeque<Entry>>);

struct Entry {
    made_of: MadeOf,
    configuration: JobConfiguration,
}

/// What a configuration is made of.
pub struct MadeOf {
    template: Arc<BaseJobTemplate>,
    /// The job variables as JSON: in a Job, their order counts.
    variables: String,
}

impl MadeOf {
    /// Of this template and these job variables.
    #[must_use]
    pub fn new(template: &Arc<BaseJobTemplate>, variables: &Map<String, Value>) -> Self {
        let mut text = String::new();
        for (name, value) in variables {
            // A name cannot be taken for a part of a value: it is written as JSON too.
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push_str(&value.to_string());
        }
        Self {
            template: Arc::clone(template),
            variables: text,
        }
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.template, &other.template) && self.variables == other.variables
    }
}

/// Tells how many there are: they hold the environments of Jobs.
impl fmt::Debug for Configured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configured")
            .field("kept", &self.lock().len())
            .finish()
    }
}

impl Configured {
    /// The configuration that was made of the same, if it is kept.
    #[must_use]
    pub fn find(&self, made_of: &MadeOf) -> Option<JobConfiguration> {
        let mut kept = self.lock();
        let position = kept.iter().position(|entry| entry.made_of.is(made_of))?;
        let entry = kept.remove(position)?;
        let configuration = entry.configuration.clone();
        kept.push_front(entry);
        Some(configuration)
    }

    /// Keeps a configuration, unless it is uncommonly large.
    pub fn keep(&self, made_of: MadeOf, configuration: &JobConfiguration) {
        if made_of.variables.len() > LARGEST {
            return;
        }
        let mut kept = self.lock();
        kept.retain(|entry| !entry.made_of.is(&made_of));
        kept.push_front(Entry {
            made_of,
            configuration: configuration.clone(),
        });
        kept.truncate(CAPACITY);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        env_vars::Environment,
        template::{default_base_job_template, populate},
    };

    fn template() -> Arc<BaseJobTemplate> {
        Arc::new(BaseJobTemplate::parse(&default_base_job_template()).unwrap())
    }

    fn made(template: &BaseJobTemplate, variables: &Value) -> JobConfiguration {
        let variables = variables.as_object().unwrap();
        let populated = populate(template, variables, &Environment::default()).unwrap();
        JobConfiguration::parse(&populated).unwrap()
    }

    #[test]
    fn only_the_same_template_and_variables_in_the_same_order_give_what_was_made() {
        let (template, other) = (template(), template());
        let variables = json!({"env": {"A": "1", "B": "2"}});
        let of =
            |template, variables: &Value| MadeOf::new(template, variables.as_object().unwrap());
        let configured = Configured::default();
        let configuration = made(&template, &variables);
        configured.keep(of(&template, &variables), &configuration);
        for (name, made_of, is_found) in [
            ("the same", of(&template, &variables), true),
            (
                "an equal template that was read anew",
                of(&other, &variables),
                false,
            ),
            (
                "another order",
                of(&template, &json!({"env": {"B": "2", "A": "1"}})),
                false,
            ),
            (
                "other values",
                of(&template, &json!({"env": {"A": "1", "B": "3"}})),
                false,
            ),
            (
                "another type",
                of(&template, &json!({"env": {"A": 1, "B": "2"}})),
                false,
            ),
            ("less", of(&template, &json!({})), false),
        ] {
            let found = configured.find(&made_of);
            assert_eq!(found.is_some(), is_found, "{name}");
            assert!(found.is_none_or(|found| found == configuration), "{name}");
        }
    }

    #[test]
    fn what_is_uncommonly_large_is_not_kept() {
        let template = template();
        let configured = Configured::default();
        for (length, is_kept) in [(LARGEST / 2, true), (LARGEST, false)] {
            let variables = json!({"env": {"A": "a".repeat(length)}});
            let of = || MadeOf::new(&template, variables.as_object().unwrap());
            configured.keep(of(), &made(&template, &variables));
            assert_eq!(configured.find(&of()).is_some(), is_kept, "{length}");
        }
    }

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let template = template();
        let of = |number: usize| {
            let variables = json!({"image": format!("image:{number}")});
            MadeOf::new(&template, variables.as_object().unwrap())
        };
        let configuration = made(&template, &json!({}));
        let configured = Configured::default();
        for number in 0..CAPACITY {
            configured.keep(of(number), &configuration);
        }
        assert!(configured.find(&of(0)).is_some());
        configured.keep(of(CAPACITY), &configuration);
        assert!(configured.find(&of(0)).is_some());
        assert!(configured.find(&of(1)).is_none());
        assert_eq!(
            format!("{configured:?}"),
            format!("Configured {{ kept: {CAPACITY} }}")
        );
    }
}

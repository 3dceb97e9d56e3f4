//! The base job template that an empty work pool of type `kubernetes` is given: that of
//! prefect-kubernetes 0.8.0, described in our own words. `tests/template_parity.rs` compares them.

use serde_json::Value;

const JSON: &str = include_str!("default_base_job_template.json");

/// The default base job template.
#[must_use]
pub fn default_base_job_template() -> Value {
    #[expect(clippy::expect_used, reason = "a constant, read by a test")]
    serde_json::from_str(JSON).expect("the committed template is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env_vars::Environment,
        template::{BaseJobTemplate, JobConfiguration, populate},
    };

    #[test]
    fn it_gives_a_valid_configuration_by_itself() {
        let template = BaseJobTemplate::parse(&default_base_job_template()).unwrap();
        let populated =
            populate(&template, &serde_json::Map::new(), &Environment::default()).unwrap();
        let configuration = JobConfiguration::parse(&populated).unwrap();
        assert_eq!(configuration.namespace, "default");
        assert_eq!(configuration.pod_watch_timeout_seconds, 60);
    }
}

//! Values that a release cannot do without: all that are empty are told of at once.

use super::{names::given, release};
use crate::{
    error::{Error, Result},
    install::values::{
        Resolved,
        model::{ApiConfig, Worker},
    },
};

const URL: &str = "the address of the Prefect API as pods reach it";
const ACCOUNT: &str = "the ID of the account in Prefect Cloud";
const WORKSPACE: &str = "the ID of the workspace in Prefect Cloud";
/// What a value is needed for.
pub const POOL: (&str, &str) = ("worker.config.workPool", "the work pool to poll");

/// Looks for values that are needed and empty.
///
/// # Errors
/// When there are some: a usage error that names them all.
pub fn check(resolved: &Resolved) -> Result<()> {
    let worker = &resolved.values.worker;
    let mut missing = of_api(worker);
    let template = &worker.config.base_job_template;
    // As in the chart, arguments of one's own need no pool.
    let polls =
        worker.args.is_empty() || release::configuration_is_given(template.configuration.as_ref());
    if polls && given(worker.config.work_pool.as_ref()).is_none() {
        missing.push(POOL);
    }
    let error = match missing.as_slice() {
        [] => return Ok(()),
        [(path, what)] => release::needed(path, what),
        several => {
            let count = several.len();
            let mut error = Error::usage(format!("{count} values are needed that are not set"));
            let line = |(path, what): &(&str, &str)| format!("{path}: {what}");
            error.causes = several.iter().map(line).collect();
            error.hint("set them in a file of values, or with --set PATH=VALUE")
        }
    };
    // Who has a server of their own has never heard of an account.
    let is_by_default = worker.api_config == ApiConfig::Cloud
        && resolved.given.at(&["worker", "apiConfig"]).is_none()
        && resolved.given.at(&["worker", "cloudApiConfig"]).is_none();
    Err(match is_by_default {
        true => error.hint(
            "worker.apiConfig is cloud unless it is set: for a Prefect server of your own set it to \
             selfHostedServer, and worker.selfHostedServerApiConfig.apiUrl",
        ),
        false => error,
    })
}

fn of_api(worker: &Worker) -> Vec<(&'static str, &'static str)> {
    let needed = match worker.api_config {
        ApiConfig::Cloud => {
            let cloud = &worker.cloud_api_config;
            vec![
                (
                    &cloud.account_id,
                    "worker.cloudApiConfig.accountId",
                    ACCOUNT,
                ),
                (
                    &cloud.workspace_id,
                    "worker.cloudApiConfig.workspaceId",
                    WORKSPACE,
                ),
            ]
        }
        ApiConfig::CustomerManagedCloud => {
            let cloud = &worker.customer_managed_cloud_api_config;
            vec![
                (
                    &cloud.api_url,
                    "worker.customerManagedCloudApiConfig.apiUrl",
                    URL,
                ),
                (
                    &cloud.account_id,
                    "worker.customerManagedCloudApiConfig.accountId",
                    ACCOUNT,
                ),
                (
                    &cloud.workspace_id,
                    "worker.customerManagedCloudApiConfig.workspaceId",
                    WORKSPACE,
                ),
            ]
        }
        ApiConfig::SelfHostedServer => vec![(
            &worker.self_hosted_server_api_config.api_url,
            "worker.selfHostedServerApiConfig.apiUrl",
            URL,
        )],
    };
    let is_empty = |value: &Option<String>| given(value.as_ref()).is_none();
    let missing = needed.into_iter().filter(|(value, ..)| is_empty(value));
    missing.map(|(_, path, what)| (path, what)).collect()
}

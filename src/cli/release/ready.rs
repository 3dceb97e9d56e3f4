//! Waits for the worker of a release, and says how it goes.

use tokio_util::sync::CancellationToken;

use super::{Prepared, args::ChangeArgs, interrupt::unless};
use crate::{
    cli::Session,
    error::{Kind, Result},
    install::{
        release::{Status, Store},
        wait::{self, Ready, Watch},
    },
};

/// Waits until the worker works. Nothing is waited for where the release has no Deployment.
///
/// # Errors
/// When it does not in time, with the reasons; the revision's description then says so too.
pub async fn wait(
    session: &Session,
    prepared: &Prepared,
    args: &ChangeArgs,
    revision: u32,
    stop: &CancellationToken,
) -> Result<Option<Ready>> {
    let Some(deployment) = prepared.deployment() else {
        return Ok(None);
    };
    let watch = Watch {
        cluster: &prepared.cluster,
        deployment: &deployment.object,
        prefect: prepared.prefect.as_ref().zip(prepared.pool.as_ref()),
        name: prepared.worker_name.as_deref(),
        timeout: args.timeout.0,
    };
    let words = format!(
        "release {} is installed as revision {revision}; its worker was not waited for",
        prepared.release.name
    );
    let mut told = |words: &str| session.ui.say(&format!("Waiting: {words}"));
    let result = unless(stop, &words, wait::wait(&watch, &mut told)).await;
    let store = Store::new(&prepared.cluster, &prepared.release);
    match result {
        Ok(ready) => {
            session.ui.say(&sentence(prepared, &ready));
            Ok(Some(ready))
        }
        Err(mut error) => {
            if error.kind == Kind::TimedOut {
                let description = "was applied, and its worker did not get ready in time";
                if let Err(unsaid) = store.mark(revision, Status::Deployed, description).await {
                    error.causes.push(unsaid.one_line());
                }
            }
            Err(error)
        }
    }
}

fn sentence(prepared: &Prepared, ready: &Ready) -> String {
    let name = &prepared.release.name;
    match (ready.workers.as_slice(), &prepared.pool, ready.pods) {
        (_, _, 0) => format!("Release {name} is ready; it has no pods, since replicas is 0."),
        ([worker], Some(pool), _) => format!(
            "Release {name} is ready: worker '{worker}' serves work pool {:?}.",
            pool.0
        ),
        ([_, ..], Some(pool), _) => format!(
            "Release {name} is ready: workers '{}' serve work pool {:?}.",
            ready.workers.join("', '"),
            pool.0
        ),
        (_, _, 1) => format!("Release {name} is rolled out: its pod runs."),
        (_, _, pods) => format!("Release {name} is rolled out: its {pods} pods run."),
    }
}

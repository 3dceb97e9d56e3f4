//! Deletes an object and makes it anew, for fields that cannot be changed.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    error::{Error, Kind, Result},
    install::plan::Step,
    k8s::{Applying, Cluster, Deleting},
};

/// How long an object may take to go. What depends on it goes first: pods have 30 s by default.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// Deletes the object, waits until it is gone, and applies it.
pub async fn recreate(
    cluster: &Cluster,
    step: &Step,
    manifest: &Value,
    applying: Applying,
) -> Result<()> {
    let object = &step.object;
    cluster
        .delete_object(object, step.uid(), Deleting::WithDependants)
        .await?;
    let begun = Instant::now();
    while let Some(there) = cluster.get_object(object).await? {
        if there["metadata"]["uid"].as_str() != step.uid() {
            break;
        }
        if begun.elapsed() > PATIENCE {
            let seconds = PATIENCE.as_secs();
            let finalizers = &there["metadata"]["finalizers"];
            return Err(Error::new(
                Kind::TimedOut,
                format!("{object} was deleted and is still there after {seconds} s"),
            )
            .cause(format!("its finalizers are {finalizers}")));
        }
        tokio::time::sleep(LOOK).await;
    }
    cluster.apply_object(object, manifest, applying).await?;
    Ok(())
}

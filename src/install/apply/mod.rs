//! Carries a plan out: begins a revision, applies, prunes, ends the revision.
//!
//! The order is that of KEP-3659: the parent names every kind and namespace before a member is
//! applied, and those that are left after the others were pruned. So whoever is broken off anywhere
//! leaves a state that the next run understands and repairs.

mod recreate;

use std::convert::Infallible;

use tokio_util::sync::CancellationToken;

use super::{
    adopt::hold,
    plan::{Action, Plan, Step},
    release::{ApplySet, Pending, Record, ReleaseId, Status, Store, Stored},
};
use crate::{
    error::{Error, Kind, Result},
    k8s::{Applying, Cluster, Deleting},
};

/// What is to be carried out.
#[derive(Debug)]
pub struct Order<'a> {
    /// The release.
    pub release: &'a ReleaseId,
    /// What is stored of it.
    pub stored: &'a Stored,
    /// What is to be done.
    pub plan: &'a Plan,
    /// What is to be remembered.
    pub record: &'a Record,
    /// What the revision is described by when it has been applied.
    pub description: &'a str,
    /// Fields that others own are taken from them.
    pub force_conflicts: bool,
    /// How many revisions are kept; 0 is all.
    pub history_max: u32,
    /// When it is cancelled, no further object is touched.
    pub stop: &'a CancellationToken,
}

/// Carries a plan out, and tells each step when it is done. Gives the number of the revision.
///
/// # Errors
/// When somebody else is at it; when the API server refuses something, with what was done before it;
/// [`Kind::Interrupted`] when it was stopped, with what was done and what was not.
pub async fn apply(
    cluster: &Cluster,
    order: &Order<'_>,
    told: &mut dyn FnMut(&Step),
) -> Result<u32> {
    let store = Store::new(cluster, order.release);
    if let Some(latest) = order.stored.latest()
        && latest.status == Status::Pending
    {
        store.end_abandoned(latest).await?;
    }
    let pending = store.begin(order.stored.next(), order.record).await?;
    let mut done = Vec::new();
    let result = {
        let work = steps(cluster, order, &mut done, told);
        tokio::select! {
            result = work => result,
            lost = pending.live() => lost.map(|never: Infallible| match never {}),
        }
    };
    if let Err(error) = result {
        return Err(broken_off(&pending, order.plan, &done, error).await);
    }
    pending.end(Status::Deployed, order.description).await?;
    store
        .forget(order.stored, pending.number, order.history_max)
        .await?;
    Ok(pending.number)
}

async fn steps<'p>(
    cluster: &Cluster,
    order: &Order<'p>,
    done: &mut Vec<&'p Step>,
    told: &mut dyn FnMut(&Step),
) -> Result<()> {
    let new = ApplySet::of(order.release, order.plan.members());
    let all = new.with(&order.stored.set);
    if order.stored.parent.is_none() || all != order.stored.set {
        put_parent(cluster, order.release, &all).await?;
    }
    let (deletes, applies): (Vec<&Step>, Vec<&Step>) = order
        .plan
        .steps
        .iter()
        .partition(|step| step.action == Action::Delete);
    for step in applies.into_iter().chain(deletes.into_iter().rev()) {
        if order.stop.is_cancelled() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        carry_out(cluster, step, order.force_conflicts).await?;
        done.push(step);
        told(step);
    }
    if new != all {
        put_parent(cluster, order.release, &new).await?;
    }
    Ok(())
}

async fn put_parent(cluster: &Cluster, release: &ReleaseId, set: &ApplySet) -> Result<()> {
    // The bookkeeping is ours, whoever has touched it.
    let applying = Applying {
        dry_run: false,
        force: true,
    };
    let parent = set.parent(release);
    cluster
        .apply_object(&release.parent(), &parent, applying)
        .await?;
    Ok(())
}

async fn carry_out(cluster: &Cluster, step: &Step, force: bool) -> Result<()> {
    let applying = Applying {
        dry_run: false,
        // What is taken from Helm has been tried, and nobody else had a part in it.
        force: force || step.from_helm,
    };
    match (step.action, &step.manifest) {
        (Action::Create | Action::Change, Some(manifest)) => {
            let object = &step.object;
            let applied = cluster.apply_object(object, manifest, applying).await?;
            if step.from_helm {
                hold::end(cluster, object, applied, manifest).await?;
            }
        }
        (Action::Recreate, Some(manifest)) => {
            recreate::recreate(cluster, step, manifest, applying).await?;
        }
        (Action::Delete, _) => {
            cluster
                .delete_object(&step.object, step.uid(), Deleting::Now)
                .await?;
        }
        _ => {}
    }
    Ok(())
}

/// Says how far it came: to the user, and in the revision.
async fn broken_off(pending: &Pending<'_>, plan: &Plan, done: &[&Step], mut error: Error) -> Error {
    let is_open = |step: &&Step| {
        step.action != Action::Unchanged && !done.iter().any(|done| done.object == step.object)
    };
    let open: Vec<&Step> = plan.steps.iter().filter(is_open).collect();
    let changed: Vec<&&Step> = done
        .iter()
        .filter(|step| step.action != Action::Unchanged)
        .collect();
    let list = |names: Vec<String>| match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    };
    let so_far = changed
        .iter()
        .map(|step| format!("{} {}", step.object.kubectl_name(), step.action.done()));
    error
        .causes
        .push(format!("done so far: {}", list(so_far.collect())));
    let left = open
        .iter()
        .map(|step| format!("{} {}", step.action.name(), step.object.kubectl_name()));
    error
        .causes
        .push(format!("still to do: {}", list(left.collect())));
    error = error.hint("running the same command again does the rest");
    let description = match error.kind {
        Kind::Interrupted => "was interrupted".to_owned(),
        _ => format!("failed: {}", error.message),
    };
    if let Err(unsaid) = pending.end(Status::Failed, &description).await {
        let why = unsaid.one_line();
        error.causes.push(format!(
            "that revision {} failed could not be noted: {why}",
            pending.number
        ));
    }
    error
}

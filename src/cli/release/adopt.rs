//! Taking a release over from Helm: what is said and asked about it.

use super::{Intent, Prepared};
use crate::{
    cli::Session,
    error::Result,
    install::adopt::{self, HelmRelease, bookkeeping},
};

/// Makes sure that taking a release over changes nothing but bookkeeping, unless more is allowed, and
/// says what it does.
///
/// # Errors
/// When it would change more than is allowed.
pub fn check(session: &Session, prepared: &Prepared, allow_changes: bool) -> Result<()> {
    let Some(helm) = &prepared.helm else {
        return Ok(());
    };
    if !prepared.plan.steps.iter().any(|step| step.from_helm) {
        return Ok(());
    }
    let title = helm.title();
    match bookkeeping::more(&prepared.plan, &prepared.desired, helm) {
        None => session.ui.say(&format!(
            "It is {title}. Nothing but bookkeeping changes, and no pod is started again."
        )),
        Some(error) if allow_changes => session.ui.warn(&format!(
            "it is {title}, and more than bookkeeping changes:\n- {}",
            error.causes.join("\n- ")
        )),
        Some(error) => {
            return Err(error.hint("--allow-changes takes it over all the same"));
        }
    }
    if helm.cluster_uid().is_some_and(|uid| uid.is_empty()) {
        session.ui.warn(
            "Helm has installed it without the cluster's UID, and so it stays: the next upgrade sets \
             the UID, which starts the pods again",
        );
    }
    Ok(())
}

/// Removes Helm's records when that is wanted. Gives whether it did; nothing where there are none.
///
/// # Errors
/// When they cannot be deleted.
pub async fn end(
    session: &Session,
    prepared: &Prepared,
    intent: &Intent<'_>,
) -> Result<Option<bool>> {
    let Some(helm) = &prepared.helm else {
        return Ok(None);
    };
    let asks = intent.args.output.is_none() && session.ui.can_ask();
    let question = format!("Remove Helm's records of it, {}?", records(helm));
    let removes = match asks && !intent.remove_helm_records {
        true => session.ui.confirm(&question),
        false => Ok(intent.remove_helm_records),
    };
    if !matches!(removes, Ok(true)) {
        session.ui.warn(&format!(
            "Helm still has its records of the release, {}: as long as they are there, helm \
             uninstall deletes its objects, and helm upgrade changes them. Remove them with: kubectl \
             prefect install {} --adopt --remove-helm-records",
            records(helm),
            prepared.release.name,
        ));
        return removes.map(Some);
    }
    adopt::forget(&prepared.cluster, &prepared.release, helm).await?;
    session
        .ui
        .say(&format!("Helm's records were removed: {}.", records(helm)));
    Ok(Some(true))
}

fn records(helm: &HelmRelease) -> String {
    match helm.records.as_slice() {
        [one] => format!("Secret {one}"),
        [newest, .., oldest] => format!("{} Secrets from {oldest} to {newest}", helm.records.len()),
        [] => "no Secret".to_owned(),
    }
}

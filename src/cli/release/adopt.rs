//! Taking a release over from Helm: what is said and asked about it.

use super::{Intent, Prepared};
use crate::{
    cli::Session,
    error::Result,
    install::adopt::{self, HelmRelease, bookkeeping},
};

/// Makes sure that taking a release over changes nothing but bookkeeping, and says so.
///
/// # Errors
/// When it would change more.
pub fn check(session: &Session, prepared: &Prepared) -> Result<()> {
    let Some(helm) = &prepared.helm else {
        return Ok(());
    };
    if !prepared.plan.steps.iter().any(|step| step.from_helm) {
        return Ok(());
    }
    if let Some(error) = bookkeeping::more(&prepared.plan, &prepared.desired, helm) {
        return Err(error);
    }
    session.ui.say(&format!(
        "It is {}. Nothing but bookkeeping changes, and no pod is started again.",
        helm.title()
    ));
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
    let removes = intent.remove_helm_records || (asks && session.ui.confirm(&question)?);
    if !removes {
        session.ui.warn(&format!(
            "Helm still has its records of the release, {}: as long as they are there, helm \
             uninstall deletes its objects, and helm upgrade changes them. Remove them with: kubectl \
             prefect install {} --adopt --remove-helm-records",
            records(helm),
            prepared.release.name,
        ));
        return Ok(Some(false));
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

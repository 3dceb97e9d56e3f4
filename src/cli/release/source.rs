//! Where the values of a release come from.

use crate::{
    error::{Error, Result},
    install::{
        adopt::HelmRelease,
        preflight::cluster_uid,
        release::{Revision, Status, Stored},
        tree::{Node, Place},
        values::{self, Given, Resolved},
    },
    k8s::Cluster,
};

/// Where values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// From the command line alone.
    Given,
    /// From what is installed, with those of the command line over them.
    Stored,
    /// The same, and from the command line alone when nothing is installed.
    StoredIfAny,
    /// From this revision, and its objects with them; the one before the present when none is named.
    Revision(Option<u32>),
}

impl Source {
    /// The revision whose values those of the command line are laid over.
    ///
    /// # Errors
    /// When there is none, and there must be one that can be read.
    pub fn base<'s>(&self, stored: &'s Stored, name: &str) -> Result<Option<&'s Revision>> {
        let found = match self {
            Self::Given => return Ok(None),
            Self::Revision(Some(number)) => Some(numbered(stored, *number, name)?),
            Self::Revision(None) => Some(previous(stored, name)?),
            Self::Stored | Self::StoredIfAny => stored.deployed().or(stored.latest()),
        };
        let hint = match self {
            Self::StoredIfAny => return Ok(found.filter(|it| it.record.is_some())),
            Self::Revision(_) => "kubectl prefect history shows other revisions to go back to",
            _ => "give all values with -f and --reset-values",
        };
        let readable = found.filter(|revision| revision.record.is_some());
        let unreadable = || {
            Error::failed(format!(
                "the values of release {name} are not stored, or cannot be read"
            ))
        };
        readable.map(Some).ok_or_else(|| unreadable().hint(hint))
    }
}

/// A revision that is remembered.
fn numbered<'s>(stored: &'s Stored, number: u32, name: &str) -> Result<&'s Revision> {
    let mut revisions = stored.revisions.iter();
    let found = revisions.find(|revision| revision.number == number);
    found.ok_or_else(|| {
        Error::failed(format!("release {name} has no revision {number}"))
            .hint("kubectl prefect history shows those that are remembered")
    })
}

/// The revision to go back to: the last one that was applied whole before the latest, which may
/// have failed.
fn previous<'s>(stored: &'s Stored, name: &str) -> Result<&'s Revision> {
    let latest = stored.latest().map_or(0, |latest| latest.number);
    let mut newest_first = stored.revisions.iter().rev();
    let found = newest_first.find(|it| it.status == Status::Deployed && it.number < latest);
    found.ok_or_else(|| {
        Error::failed(format!("release {name} has no earlier revision"))
            .hint("kubectl prefect history shows the revisions; upgrade changes what is installed")
    })
}

/// Lays values over those of a revision, or of a release of Helm, and adds what only the cluster
/// knows.
///
/// # Errors
/// When the values have mistakes, or the API server does not answer.
pub async fn resolve(
    cluster: &Cluster,
    given: Given,
    stored: &Stored,
    base: Option<&Revision>,
    helm: Option<&HelmRelease>,
) -> Result<(Resolved, Vec<String>)> {
    let mut given = given;
    let revision = base.and_then(|it| Some((it.number, it.record.as_ref()?)));
    let under = match (helm, revision) {
        (Some(helm), _) => Some((helm.title(), &helm.values)),
        (None, Some((number, record))) => Some((format!("revision {number}"), &record.values)),
        (None, None) => None,
    };
    if let Some((title, under)) = under {
        let mut values = Node::from_json(under.clone(), &Place::of_source(&title));
        values.amend(given.values);
        given.values = values;
    }
    let mut resolved = values::resolve(given)?;
    let mut notes = std::mem::take(&mut resolved.notes);
    let uid = &mut resolved.values.worker.cluster_uid;
    if uid.as_ref().is_none_or(String::is_empty) {
        *uid = match helm.and_then(HelmRelease::cluster_uid) {
            Some(told) => Some(told),
            None => {
                let (found, note) = cluster_uid::find(cluster, stored).await?;
                notes.extend(note);
                found
            }
        };
    }
    Ok((resolved, notes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::install::release::Record;

    fn revision(number: u32, status: Status) -> Revision {
        let record = Record {
            values: json!({}),
            objects: Vec::new(),
        };
        Revision {
            record: Some(record),
            ..Revision::example(number, status)
        }
    }

    #[test]
    fn values_begin_with_those_of_a_revision() {
        let mut stored = Stored {
            revisions: vec![
                revision(1, Status::Deployed),
                revision(2, Status::Deployed),
                revision(3, Status::Failed),
            ],
            ..Stored::default()
        };
        let base = |stored: &Stored, source: Source| {
            let found = source.base(stored, "w").map_err(|error| error.message);
            found.map(|revision| revision.map(|revision| revision.number))
        };
        for (source, expected) in [
            (Source::Given, Ok(None)),
            (Source::Stored, Ok(Some(2))),
            (Source::StoredIfAny, Ok(Some(2))),
            (Source::Revision(Some(1)), Ok(Some(1))),
            (Source::Revision(None), Ok(Some(2))),
            (
                Source::Revision(Some(9)),
                Err("release w has no revision 9".to_owned()),
            ),
        ] {
            assert_eq!(base(&stored, source), expected, "{source:?}");
        }
        stored.revisions.truncate(1);
        assert_eq!(
            base(&stored, Source::Revision(None)),
            Err("release w has no earlier revision".to_owned())
        );
        stored.revisions[0].record = None;
        let unread = "the values of release w are not stored, or cannot be read";
        assert_eq!(base(&stored, Source::Stored), Err(unread.to_owned()));
        assert_eq!(base(&stored, Source::StoredIfAny), Ok(None));
    }
}

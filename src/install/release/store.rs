//! Revisions in the cluster: read, begun, ended, forgotten; and with it the lock of a release.
//!
//! The lock is the pending revision. It is created, which only one of two can do, and while its
//! holder lives it is written to every few seconds. One that is not written to was left behind by a
//! process that was killed; it can be ended by whoever has watched it long enough, since every
//! write is for one version of the Secret alone. No clock is compared with another.

use std::{cell::RefCell, convert::Infallible, time::Duration};

use serde_json::Value;
use uuid::Uuid;

use super::{ApplySet, RELEASE, REVISION, Record, ReleaseId, Revision, Status, foreign_tool};
use crate::{
    error::{Error, Result},
    k8s::{Class, Cluster, Deleting, Failure, Resource},
};

/// Time between two signs of life of a pending revision.
const SIGN: Duration = Duration::from_secs(3);
/// How long a pending revision is watched before it counts as left behind.
const WATCHED: Duration = Duration::from_secs(10);
/// Time between two looks at it.
const LOOK: Duration = Duration::from_secs(1);

/// What is stored of a release.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// The parent of its ApplySet, if there is one.
    pub parent: Option<Value>,
    /// Where its members are.
    pub set: ApplySet,
    /// Its revisions, oldest first.
    pub revisions: Vec<Revision>,
}

impl Stored {
    /// Whether it has ever been installed, if only in part.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.parent.is_some()
    }

    /// The revision that was begun last.
    #[must_use]
    pub fn latest(&self) -> Option<&Revision> {
        self.revisions.last()
    }

    /// The revision that is installed: the last one that was applied whole.
    #[must_use]
    pub fn deployed(&self) -> Option<&Revision> {
        self.with_status(Status::Deployed)
    }

    fn with_status(&self, status: Status) -> Option<&Revision> {
        let mut newest_first = self.revisions.iter().rev();
        newest_first.find(|revision| revision.status == status)
    }

    /// The number of the next revision.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.latest().map_or(1, |latest| latest.number + 1)
    }
}

/// The bookkeeping of a release.
#[derive(Debug, Clone)]
pub struct Store<'c> {
    cluster: &'c Cluster,
    release: &'c ReleaseId,
}

impl<'c> Store<'c> {
    /// The bookkeeping of this release on this cluster.
    #[must_use]
    pub const fn new(cluster: &'c Cluster, release: &'c ReleaseId) -> Self {
        Self { cluster, release }
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// When it cannot be read, and when another program cares for the ApplySet.
    pub async fn read(&self) -> Result<Stored> {
        let parent = self.release.parent();
        let (parent, revisions) =
            futures::try_join!(self.cluster.get_object(&parent), self.revisions())?;
        if let Some(error) = parent
            .as_ref()
            .and_then(|it| foreign_tool(self.release, it))
        {
            return Err(error);
        }
        Ok(Stored {
            set: parent.as_ref().map(ApplySet::read).unwrap_or_default(),
            parent,
            revisions,
        })
    }

    async fn revisions(&self) -> Result<Vec<Revision>, Failure> {
        let selector = format!("{RELEASE}={},{REVISION}", self.release.name);
        let namespace = Some(self.release.namespace.as_str());
        let resource = Resource::secrets();
        let secrets = self
            .cluster
            .list_objects(&resource, namespace, &selector)
            .await?;
        let mut revisions: Vec<Revision> = secrets.iter().filter_map(Revision::read).collect();
        revisions.sort_by_key(|revision| revision.number);
        Ok(revisions)
    }

    /// Begins a revision, which locks the release.
    ///
    /// # Errors
    /// When somebody else has begun it, or it cannot be stored.
    pub async fn begin(&self, number: u32, record: &Record) -> Result<Pending<'c>> {
        let holder = Uuid::new_v4().to_string();
        let secret = Revision::secret(self.release, number, &holder, record)?;
        let object = self.release.revision(number);
        match self.cluster.create_object(&object, &secret, false).await {
            Ok(created) => Ok(Pending {
                store: self.clone(),
                number,
                holder,
                version: RefCell::new(version(&created)),
            }),
            Err(refused) if refused.failure.class == Class::AlreadyExists => Err(self.busy(number)),
            Err(refused) => Err(refused.into()),
        }
    }

    /// Ends a pending revision that was left behind. Watches it first.
    ///
    /// # Errors
    /// When its holder lives.
    pub async fn end_abandoned(&self, pending: &Revision) -> Result<()> {
        let object = self.release.revision(pending.number);
        let mut looks = WATCHED.as_secs() / LOOK.as_secs();
        while looks > 0 {
            tokio::time::sleep(LOOK).await;
            looks -= 1;
            match self.cluster.get_object(&object).await? {
                Some(now) if version(&now) == pending.resource_version => {}
                Some(_) => return Err(self.busy(pending.number)),
                None => return Ok(()),
            }
        }
        let version = Some(pending.resource_version.as_str());
        let patch = Revision::ending(Status::Failed, "was broken off", version);
        match self.cluster.patch_object(&object, &patch).await {
            Err(failure) if failure.class == Class::Conflict => Err(self.busy(pending.number)),
            done => Ok(done.map(drop)?),
        }
    }

    /// Says of a revision that is not pending what became of it.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn mark(&self, number: u32, status: Status, description: &str) -> Result<()> {
        let patch = Revision::ending(status, description, None);
        let object = self.release.revision(number);
        Ok(self.cluster.patch_object(&object, &patch).await.map(drop)?)
    }

    /// Forgets the oldest revisions, so that `keep` are left; 0 keeps all. The one that is deployed
    /// stays.
    ///
    /// # Errors
    /// When one cannot be deleted.
    pub async fn forget(&self, stored: &Stored, latest: u32, keep: u32) -> Result<()> {
        for number in surplus(&stored.revisions, latest, keep) {
            let object = self.release.revision(number);
            self.cluster
                .delete_object(&object, None, Deleting::Now)
                .await?;
        }
        Ok(())
    }

    fn busy(&self, number: u32) -> Error {
        Error::failed(format!(
            "release {} is being changed by somebody else",
            self.release.name
        ))
        .cause(format!(
            "revision {number} of it is being applied right now"
        ))
        .hint("run this again when that has ended: it then compares with what is there")
    }
}

/// The numbers of revisions that are too many, when `latest` has been deployed.
fn surplus(revisions: &[Revision], latest: u32, keep: u32) -> Vec<u32> {
    let mut numbers: Vec<u32> = revisions.iter().map(|revision| revision.number).collect();
    if !numbers.contains(&latest) {
        numbers.push(latest);
    }
    let surplus = match keep {
        0 => 0,
        keep => numbers.len().saturating_sub(keep as usize),
    };
    numbers.truncate(surplus);
    numbers.retain(|number| *number != latest);
    numbers
}

/// A revision that is being applied; the release is locked meanwhile.
#[derive(Debug)]
pub struct Pending<'c> {
    store: Store<'c>,
    /// Its number.
    pub number: u32,
    holder: String,
    version: RefCell<String>,
}

impl Pending<'_> {
    /// Gives signs of life for as long as it is polled.
    ///
    /// # Errors
    /// When somebody has taken the release over, who took us for dead.
    pub async fn live(&self) -> Result<Infallible> {
        let object = self.store.release.revision(self.number);
        for count in 1_u32.. {
            tokio::time::sleep(SIGN).await;
            let version = self.version.borrow().clone();
            let sign = Revision::sign_of_life(&self.holder, count, &version);
            match self.store.cluster.patch_object(&object, &sign).await {
                Ok(now) => *self.version.borrow_mut() = self::version(&now),
                Err(failure) if matches!(failure.class, Class::Conflict | Class::NotFound) => {
                    return Err(self.lost());
                }
                // The next one may get through; so long, nobody else gets at the server either.
                Err(failure) => tracing::debug!("{failure}"),
            }
        }
        Err(self.lost())
    }

    /// Says what became of it, and unlocks the release.
    ///
    /// # Errors
    /// When that cannot be stored, or somebody has taken the release over.
    pub async fn end(&self, status: Status, description: &str) -> Result<()> {
        let object = self.store.release.revision(self.number);
        let version = self.version.borrow().clone();
        let patch = Revision::ending(status, description, Some(&version));
        match self.store.cluster.patch_object(&object, &patch).await {
            Err(failure) if failure.class == Class::Conflict => {}
            done => return Ok(done.map(drop)?),
        }
        // The last sign of life may have got through unnoticed.
        let now = self.store.cluster.get_object(&object).await?;
        let now = now
            .as_ref()
            .and_then(Revision::read)
            .ok_or_else(|| self.lost())?;
        if !now.holder.starts_with(&self.holder) {
            return Err(self.lost());
        }
        let patch = Revision::ending(status, description, Some(&now.resource_version));
        Ok(self
            .store
            .cluster
            .patch_object(&object, &patch)
            .await
            .map(drop)?)
    }

    fn lost(&self) -> Error {
        Error::failed(format!(
            "somebody else has taken over release {} while revision {} was applied",
            self.store.release.name, self.number
        ))
        .hint("run this again: it compares with what is there")
    }
}

fn version(object: &Value) -> String {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_the_last_that_was_applied_whole() {
        let stored = Stored {
            revisions: vec![
                Revision::example(1, Status::Deployed),
                Revision::example(2, Status::Deployed),
                Revision::example(3, Status::Failed),
            ],
            ..Stored::default()
        };
        assert_eq!(stored.deployed().unwrap().number, 2);
        assert_eq!(stored.latest().unwrap().number, 3);
        assert_eq!(stored.next(), 4);
        assert_eq!(Stored::default().next(), 1);
    }

    #[test]
    fn the_oldest_are_forgotten_first() {
        let revisions: Vec<_> = [1, 2, 5]
            .map(|number| Revision::example(number, Status::Failed))
            .into();
        for (latest, keep, expected) in [
            (6, 10, vec![]),
            (6, 0, vec![]),
            (6, 3, vec![1]),
            (6, 1, vec![1, 2, 5]),
            (5, 1, vec![1, 2]),
            (5, 2, vec![1]),
        ] {
            assert_eq!(
                surplus(&revisions, latest, keep),
                expected,
                "{latest} {keep}"
            );
        }
    }
}

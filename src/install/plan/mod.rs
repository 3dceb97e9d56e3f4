//! What an installation would do: each object as it is, and as the API server says it would be.
//!
//! Nothing is written to find out. The server tries every object in a dry run, with all that
//! admission has to say; so a plan that has no obstacles meets, as a rule, none when it is applied.

pub mod compare;
mod gather;
mod handover;
pub mod mask;
pub mod obstacle;
pub mod owner;
mod quantity;
mod target;

use serde_json::Value;

use crate::k8s::ObjectRef;
pub use gather::{Options, gather};
pub use obstacle::Obstacle;
pub use quantity::normalise;
pub use target::{Desired, desired};

/// What is to be done with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is not there.
    Create,
    /// It is there, and not as it is to be.
    Change,
    /// It is there as it is to be.
    Unchanged,
    /// A field has to change that cannot: it is deleted and made anew.
    Recreate,
    /// It is a member of the release, and no longer wanted.
    Delete,
}

impl Action {
    /// The word in tables and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Unchanged => "unchanged",
            Self::Recreate => "recreate",
            Self::Delete => "delete",
        }
    }

    /// What kubectl would say when it is done.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Create => "created",
            Self::Change => "configured",
            Self::Unchanged => "unchanged",
            Self::Recreate => "recreated",
            Self::Delete => "deleted",
        }
    }
}

/// One object of a plan.
#[derive(Clone, PartialEq)]
pub struct Step {
    /// Which object.
    pub object: ObjectRef,
    /// What is to be done.
    pub action: Action,
    /// The object as it is to be applied; nothing for one that is to be deleted.
    pub manifest: Option<Value>,
    /// The object as it is, if it is there.
    pub live: Option<Value>,
    /// The object as it would be, as far as the server could tell.
    pub result: Option<Value>,
    /// What is worth a word.
    pub note: Option<String>,
    /// Helm's hold on it ends when it is applied.
    pub from_helm: bool,
}

/// Objects may hold credentials: only their names show.
impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.action.name(), self.object)
    }
}

impl Step {
    /// The UID of the object that is there.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        self.live.as_ref()?["metadata"]["uid"].as_str()
    }

    /// The fields that change.
    #[must_use]
    pub fn changed_paths(&self) -> Vec<String> {
        match (&self.live, &self.result) {
            (Some(live), Some(result)) => compare::changed_paths(live, result),
            _ => Vec::new(),
        }
    }
}

/// All that an installation would do.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What is done with each object: those that are applied in their order, then those that are
    /// deleted.
    pub steps: Vec<Step>,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
}

impl Plan {
    /// Whether all is as it is to be.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.all(|step| step.action == Action::Unchanged)
    }

    /// The objects that are there afterwards.
    pub fn members(&self) -> impl Iterator<Item = &ObjectRef> {
        let stays = |step: &&Step| step.action != Action::Delete;
        self.steps.iter().filter(stays).map(|step| &step.object)
    }

    /// How many objects meet this.
    #[must_use]
    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }
}

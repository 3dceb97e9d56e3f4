//! Ids and names of Prefect's objects, each a type of its own so that none is taken for another.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(name: String) -> Self {
                Self(name)
            }
        }
    )+};
}

ids! {
    /// A flow run.
    FlowRunId,
    /// A flow.
    FlowId,
    /// A deployment.
    DeploymentId,
    /// One state of a flow run. A run that is scheduled again gets a new one.
    StateId,
    /// A proposal of a state, chosen by the client; see [`super::ProposedState`].
    TransitionId,
    /// A work pool.
    WorkPoolId,
    /// A work queue.
    WorkQueueId,
    /// A worker's record in its pool.
    WorkerId,
    /// A block document.
    BlockDocumentId,
    /// An event.
    EventId,
}

names! {
    /// The name of a work pool. The server refuses `/ % & < >` in it.
    WorkPoolName,
    /// The name of a work queue.
    WorkQueueName,
    /// The name of a worker, unique in its pool.
    WorkerName,
}

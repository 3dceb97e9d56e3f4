//! The Kubernetes side: connection, access reviews, Jobs, pods, the cluster's UID.
//!
//! [`resolve`] finds out where to connect, [`Cluster::connect`] connects, and the operations are
//! methods of [`Cluster`]. Nothing here knows Prefect but for the prefixes of labels that are kept.

mod access;
mod account_access;
mod authentication;
mod authenticator;
mod cause;
mod cluster;
pub mod cluster_uid;
pub mod documents;
mod events;
mod exec;
mod failure;
mod jobs;
mod keeper;
pub mod kubeconfig;
pub mod label;
mod objects;
mod overrides;
mod page;
mod permission;
mod proxy;
mod refusal;
mod resource;
mod route;
mod rules;
#[cfg(test)]
mod scripted;
mod secrets;
mod server;
pub mod server_version;
mod target;
mod transport;
mod trial;
pub mod view;
mod watch;
mod wire;

pub use access::{WorkerNeeds, of_worker};
pub use cluster::{Cluster, FIELD_MANAGER};
pub use failure::{Class, Failure};
pub use jobs::{Deletion, EventView, LogTail};
pub use keeper::Keeper;
pub use objects::{Applying, Deleting, FieldCause, NotTaken};
pub use overrides::{Overrides, RequestTimeout};
pub use permission::{Permission, Subject, as_roles, as_rules};
pub use refusal::Refusal;
pub use resource::{ObjectRef, Resource};
pub use secrets::{JobOwner, SecretSpec};
pub use target::{Target, resolve, resolve_value};
pub use transport::{Patience, USER_AGENT};
pub use trial::Objection;
pub use view::{JobView, PodView};
pub use watch::{Change, Scope};

#[cfg(test)]
mod operations_tests;

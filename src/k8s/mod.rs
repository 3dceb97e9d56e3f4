//! The Kubernetes side: connection, access reviews, Jobs, pods, the cluster's UID.
//!
//! [`resolve`] finds out where to connect, [`Cluster::connect`] connects, and the operations are
//! methods of [`Cluster`]. Nothing here knows Prefect but for the prefixes of labels that are kept.

mod authentication;
mod authenticator;
mod cause;
mod cluster;
mod exec;
mod failure;
mod kubeconfig;
mod overrides;
mod permission;
mod proxy;
mod refusal;
mod server;
mod target;
mod transport;

pub use cluster::{Cluster, FIELD_MANAGER};
pub use failure::{Class, Failure};
pub use overrides::{Overrides, RequestTimeout};
pub use permission::{Permission, Subject, as_roles};
pub use refusal::Refusal;
pub use target::{Target, resolve, resolve_value};
pub use transport::{Patience, USER_AGENT};

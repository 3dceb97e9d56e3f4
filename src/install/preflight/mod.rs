//! What an installation needs, looked at before anything is changed: namespaces, rights, objects
//! that the pods refer to, the Prefect API and its work pool.

pub mod cluster_uid;
pub mod job_place;
pub mod namespace;
pub mod prefect;
pub mod references;
pub mod rights;

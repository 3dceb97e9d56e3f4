//! The Secret with the credential for the Prefect API: made, changed, tried, and taken into use.
//!
//! A credential is an API key (Prefect Cloud) or an auth string (a server with basic
//! authentication). Nothing here shows one: values stay in [`secrecy`]'s types.

mod credential;
mod others;
mod owner;
mod put;
mod rotate;
mod standing;
mod stored;
mod uptake;
mod verification;

pub use credential::{CredentialKind, Flaw, read as read_credential};
pub use others::{Other, others};
pub use owner::Owner;
pub use put::{Change, SecretKey, ensure_namespace, is_same, manifest, plan, read, write};
pub use rotate::{Rotation, Step, jobs_with_old_value, restart_only, rotate, users};
pub use standing::{Account, Actor, Standing};
pub use stored::StoredSecret;
pub use verification::{Target, Verdict, verify};

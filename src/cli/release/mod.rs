//! What `install`, `upgrade` and `diff` share: from values to a plan, and from a plan to a release.

mod adopt;
pub mod args;
mod change;
mod installed;
pub mod interrupt;
mod prefect;
mod prepare;
pub mod print;
mod ready;
mod source;

pub use change::{Intent, change};
pub use installed::{Installed, installed, read};
pub use prefect::client as prefect_client;
pub use prepare::{Prepared, Request, prepare};
pub use source::Source;

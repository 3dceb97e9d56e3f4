//! The API's routes as methods of [`super::Client`], by subject.

mod admin;
mod blocks;
mod deployments;
mod events;
mod flow_runs;
pub(super) mod list;
mod logs;
mod me;
mod states;
mod work_pools;
mod workers;

pub use blocks::BlockSecrets;
pub use work_pools::Poll;

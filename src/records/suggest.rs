//! A name that does not exist, and the one that may have been meant.

use crate::{
    error::Error,
    prefect::{Client, WorkPoolName},
    suggest::nearest,
};

/// A pool that was named and does not exist, with the name that may have been meant.
pub async fn no_such_pool(prefect: &Client, name: &WorkPoolName) -> Error {
    let error = Error::failed(format!("there is no work pool {:?}", name.0));
    // The list only helps: that it cannot be had is not what the user asked about.
    let Ok(pools) = prefect.all_work_pools().await else {
        return error;
    };
    let names = pools.iter().map(|pool| pool.name.as_str());
    match nearest(name.as_str(), names) {
        Some(meant) => error.hint(format!("Did you mean {meant:?}?")),
        None if pools.is_empty() => error.hint("The server has no work pool at all."),
        None => error.hint("List all with: prefect work-pool ls"),
    }
}

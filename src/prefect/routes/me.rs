//! Routes of Prefect Cloud above its workspaces (prefect/client/cloud.py).

use crate::prefect::{ApiError, Client, CloudAccount, CloudUser, CloudWorkspace, call::Call};

impl Client {
    /// The user of our key. The API's URL must be that of the Cloud, without account and workspace.
    ///
    /// # Errors
    /// `Forbidden` for the key of a service account; as every route.
    pub async fn me(&self) -> Result<CloudUser, ApiError> {
        self.read(Call::get("/me/")).await
    }

    /// The accounts that our key is let into.
    ///
    /// # Errors
    /// As every route.
    pub async fn my_accounts(&self) -> Result<Vec<CloudAccount>, ApiError> {
        self.read(Call::get("/me/accounts")).await
    }

    /// The workspaces that our key is let into.
    ///
    /// # Errors
    /// As every route.
    pub async fn my_workspaces(&self) -> Result<Vec<CloudWorkspace>, ApiError> {
        self.read(Call::get("/me/workspaces")).await
    }
}

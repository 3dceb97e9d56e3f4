//! The server itself: version, health, collections.

use serde_json::Value;

use crate::prefect::{ApiError, Client, JsonObject, call::Call};

/// Where the default template of the Kubernetes worker stands in the view of all workers.
const DEFAULT_TEMPLATE: [&str; 3] = [
    "prefect-kubernetes",
    "kubernetes",
    "default_base_job_configuration",
];

impl Client {
    /// The server's version, like `3.8.8`.
    ///
    /// # Errors
    /// As every route: see [`ApiError`].
    pub async fn server_version(&self) -> Result<String, ApiError> {
        self.read(Call::get("/admin/version")).await
    }

    /// Whether the server is well. Needs no credential.
    ///
    /// # Errors
    /// As every route.
    pub async fn healthy(&self) -> Result<bool, ApiError> {
        self.read(Call::get("/health")).await
    }

    /// What the server knows of all kinds of workers, by package and type.
    ///
    /// # Errors
    /// As every route.
    pub async fn worker_metadata(&self) -> Result<JsonObject, ApiError> {
        self.read(Call::get("/collections/views/{view}").with("aggregate-worker-metadata"))
            .await
    }

    /// The default base job template that the server offers for pools of type `kubernetes`.
    ///
    /// # Errors
    /// As every route.
    pub async fn default_base_job_template(&self) -> Result<Option<JsonObject>, ApiError> {
        let mut view = Value::Object(self.worker_metadata().await?);
        for key in DEFAULT_TEMPLATE {
            let Some(inner) = view.get_mut(key) else {
                return Ok(None);
            };
            view = inner.take();
        }
        match view {
            Value::Object(template) => Ok(Some(template)),
            _ => Ok(None),
        }
    }
}

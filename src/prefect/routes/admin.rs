//! The server itself: version, health, collections.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::prefect::{ApiError, Client, JsonObject, call::Call};

/// Where the default template of the Kubernetes worker stands in the view of all workers.
const DEFAULT_TEMPLATE: [&str; 3] = [
    "prefect-kubernetes",
    "kubernetes",
    "default_base_job_configuration",
];

/// A time that is as good as for ever, and that clocks can still reckon with: a year.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// What the server does about runs that are cancelled and do not stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CancellationCleanup {
    /// Whether it does anything (PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED).
    pub enabled: bool,
    /// After what time (PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_CANCELLING_TIMEOUT_SECONDS).
    pub timeout: Duration,
}

/// The part of a server's settings that tells.
#[derive(Deserialize)]
struct Settings {
    server: ServerSettings,
}

#[derive(Deserialize)]
struct ServerSettings {
    services: ServicesSettings,
}

#[derive(Deserialize)]
struct ServicesSettings {
    cancellation_cleanup: CleanupSettings,
}

#[derive(Deserialize)]
struct CleanupSettings {
    enabled: bool,
    cancelling_timeout_seconds: f64,
}

impl Client {
    /// What the server does about runs that are cancelled and do not stop. Prefect Cloud does not
    /// tell.
    ///
    /// # Errors
    /// As every route, and when its settings are of another form.
    pub async fn cancellation_cleanup(&self) -> Result<CancellationCleanup, ApiError> {
        let settings: Settings = self.read(Call::get("/admin/settings")).await?;
        let cleanup = settings.server.services.cancellation_cleanup;
        let timeout = Duration::try_from_secs_f64(cleanup.cancelling_timeout_seconds);
        Ok(CancellationCleanup {
            enabled: cleanup.enabled,
            timeout: timeout.unwrap_or(LONGEST).min(LONGEST),
        })
    }

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

//! Connections as the flags, the environment and the settings name them.

use super::Session;
use crate::{
    check::Plan,
    error::Result,
    k8s::{self, Cluster, Patience},
    prefect::Client,
    settings::PrefectSettings,
};

impl Session {
    /// The cluster that the kubectl flags and the kubeconfig name.
    ///
    /// # Errors
    /// When they name none, or its credentials cannot be had.
    pub async fn cluster(&self, patience: Patience) -> Result<Cluster> {
        let target = k8s::resolve(&self.global.kube.overrides(), &self.env)?;
        Cluster::connect(target, patience).await
    }

    /// A client of the Prefect API that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// When no API is named, or a certificate, header or proxy cannot be used.
    pub fn prefect(&self, settings: &PrefectSettings) -> Result<Client> {
        Client::new(&self.client_config(settings)?)
    }

    /// What there is to look at by these connections. What is wrong with them is for others to tell.
    pub fn plan(&self) -> Plan {
        let settings = self.prefect_settings();
        let config = match &settings {
            Ok(settings) => self.client_config(settings),
            Err(error) => Err(error.clone()),
        };
        Plan {
            name: None,
            before: false,
            pool: None,
            target: k8s::resolve(&self.global.kube.overrides(), &self.env),
            settings,
            config,
            planned: None,
        }
    }
}

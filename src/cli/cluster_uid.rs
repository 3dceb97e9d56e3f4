//! `kubectl prefect cluster-uid`: the UID by which Prefect names a cluster.

use crate::{
    cli::{Session, runtime},
    error::{Error, Result},
    k8s::{
        Patience,
        cluster_uid::{self, ClusterUid},
    },
    ui::OutputFormat,
};

/// Show the UID of the cluster: that of its namespace kube-system, unless another one is given.
///
/// The UID that is given goes first: by --cluster-uid, else by
/// PREFECT_INTEGRATIONS_KUBERNETES_CLUSTER_UID, else by PREFECT_KUBERNETES_CLUSTER_UID. Then no
/// cluster is asked. An empty one counts as not given.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// UID to use in place of the one that the cluster has
    #[arg(long, value_name = "UID")]
    cluster_uid: Option<String>,
    /// How to write it: the UID alone, or json, yaml with where it comes from
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputFormat::among(&[OutputFormat::Json, OutputFormat::Yaml]))]
    output: Option<OutputFormat>,
}

/// Prints the cluster's UID.
pub fn run(args: &Args, session: &mut Session) -> Result<()> {
    if args.output == Some(OutputFormat::Json) {
        session.ui.errors_as_json();
    }
    let found = match cluster_uid::given(args.cluster_uid.as_deref(), &session.env) {
        Some(given) => given,
        None => runtime::block_on_interruptible(ask(session))?,
    };
    match args.output {
        Some(OutputFormat::Json) => session.ui.json(&found),
        Some(OutputFormat::Yaml) => {
            let text = serde_saphyr::to_string(&found)
                .map_err(|error| Error::failed("failed to write YAML").because(&error))?;
            session.ui.data(&text);
        }
        _ => session.ui.data(&format!("{}\n", found.uid)),
    }
    Ok(())
}

async fn ask(session: &Session) -> Result<ClusterUid> {
    let cluster = session.cluster(Patience::Command).await?;
    Ok(cluster_uid::read(&cluster).await?)
}

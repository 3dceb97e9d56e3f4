//! What `create` and `rotate` are told alike.

use super::{place::PlaceArgs, source::SourceArgs};

/// A credential, and where it goes.
#[derive(Debug, clap::Args)]
pub struct GivenArgs {
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub source: SourceArgs,
    /// Write it without trying it on the Prefect API
    #[arg(long)]
    pub no_verify: bool,
}

//! The page of `/metrics`: what the process counts, in the text format of OpenMetrics, which
//! Prometheus reads. Names and meanings stand in the README; nothing here counts by itself.

mod apis;
mod pools;
mod sheet;

use std::fmt;

use prometheus_client::{
    collector::Collector, encoding::DescriptorEncoder, encoding::text, registry::Registry,
};

use self::sheet::Sheet;
use super::status::Status;

/// What the page is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What all names begin with.
const PREFIX: &str = "kubectl_prefect";

/// The page as it is now.
///
/// # Errors
/// None that writing to memory can have.
pub fn page(status: &Status) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix(PREFIX);
    registry.register_collector(Box::new(Page(status.clone())));
    let mut page = String::new();
    text::encode(&mut page, &registry)?;
    Ok(page)
}

#[derive(Debug)]
struct Page(Status);

impl Collector for Page {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut sheet = Sheet::new(encoder);
        let version = env!("CARGO_PKG_VERSION").to_owned();
        sheet.info(
            "build",
            "The program that serves this page",
            &vec![("version", version)],
        )?;
        pools::write(&mut sheet, self.0.workers())?;
        if let Some(connections) = self.0.connections() {
            apis::write(&mut sheet, connections)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_has_not_started_says_what_it_is() {
        let page = page(&Status::default()).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            page,
            format!(
                "# HELP kubectl_prefect_build The program that serves this page\n\
                 # TYPE kubectl_prefect_build info\n\
                 kubectl_prefect_build_info{{version=\"{version}\"}} 1\n\
                 # EOF\n"
            )
        );
    }
}

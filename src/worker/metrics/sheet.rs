//! One page under the pen: families of metrics, each with its rows. A family without rows is left
//! out.

use std::fmt;

use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric, MetricEncoder},
    metrics::{MetricType, exemplar::Exemplar, histogram::Histogram},
    registry::Unit,
};

/// The labels of a row.
pub type Labels = Vec<(&'static str, String)>;

/// What has no exemplars.
const NONE: Option<&Exemplar<[(&str, &str); 0], f64>> = None;

/// Writes families.
pub struct Sheet<'a>(DescriptorEncoder<'a>);

impl<'a> Sheet<'a> {
    /// Begins.
    pub const fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// What does not change.
    pub fn info(&mut self, name: &str, help: &str, labels: &Labels) -> fmt::Result {
        let mut family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Info)?;
        family.encode_info(labels)
    }

    /// What only grows; `_total` is added to the name.
    pub fn counters(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, u64)>,
    ) -> fmt::Result {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let mut family = self
            .0
            .encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in rows {
            of_row(&mut family, &labels, |row| row.encode_counter(&value, NONE))?;
        }
        Ok(())
    }

    /// What goes up and down.
    pub fn gauges(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, i64)>,
    ) -> fmt::Result {
        self.any_gauges(name, help, None, rows)
    }

    /// Points in time; `_seconds` is added to the name.
    pub fn moments(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, f64)>,
    ) -> fmt::Result {
        self.any_gauges(name, help, Some(&Unit::Seconds), rows)
    }

    fn any_gauges<V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        rows: impl IntoIterator<Item = (Labels, V)>,
    ) -> fmt::Result {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let mut family = self
            .0
            .encode_descriptor(name, help, unit, MetricType::Gauge)?;
        for (labels, value) in rows {
            of_row(&mut family, &labels, |row| row.encode_gauge(&value))?;
        }
        Ok(())
    }

    /// How long things took; `_seconds` is added to the name.
    pub fn durations<'h>(
        &mut self,
        name: &str,
        help: &str,
        rows: impl IntoIterator<Item = (Labels, &'h Histogram)>,
    ) -> fmt::Result {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return Ok(());
        }
        let (unit, kind) = (Some(&Unit::Seconds), MetricType::Histogram);
        let mut family = self.0.encode_descriptor(name, help, unit, kind)?;
        for (labels, histogram) in rows {
            histogram.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Writes a row; one without labels has no braces.
fn of_row(
    family: &mut MetricEncoder<'_>,
    labels: &Labels,
    write: impl Fn(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() {
        write(family)
    } else {
        write(&mut family.encode_family(labels)?)
    }
}

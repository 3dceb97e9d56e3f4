//! What is told of each work pool.

use std::{fmt, sync::Arc};

use super::sheet::{Labels, Sheet};
use crate::worker::shared::Shared;

/// The families that have a row for each pool.
pub fn write(sheet: &mut Sheet<'_>, workers: &[Arc<Shared>]) -> fmt::Result {
    runs(sheet, workers)?;
    submissions(sheet, workers)?;
    signs_of_life(sheet, workers)
}

fn runs(sheet: &mut Sheet<'_>, workers: &[Arc<Shared>]) -> fmt::Result {
    sheet.counters(
        "flow_runs_ended",
        "Flow runs that this worker let go of, by how their Jobs ended",
        workers.iter().flat_map(|shared| {
            let rows = shared.board.totals().into_iter();
            rows.map(|(word, count)| {
                let outcome = word.to_lowercase().replace(' ', "_");
                (labels(shared, Some(("outcome", outcome))), count)
            })
        }),
    )?;
    sheet.gauges(
        "flow_runs_in_hand",
        "Flow runs from their submission to the end of their Jobs: what --limit counts",
        gauge(workers, |shared| Some(shared.board.count())),
    )?;
    sheet.gauges(
        "flow_runs_limit",
        "Most flow runs in hand at once, as --limit says",
        gauge(workers, |shared| shared.options.limit),
    )?;
    sheet.gauges(
        "jobs_active",
        "Jobs of flow runs in hand that have not ended",
        gauge(workers, |shared| Some(shared.board.jobs())),
    )
}

fn submissions(sheet: &mut Sheet<'_>, workers: &[Arc<Shared>]) -> fmt::Result {
    sheet.counters(
        "submissions",
        "Flow runs that were taken up, by what came of it",
        workers.iter().flat_map(|shared| {
            let rows = shared.tally.upshots().into_iter();
            rows.map(|(upshot, count)| {
                let result = upshot.label().to_owned();
                (labels(shared, Some(("result", result))), count)
            })
        }),
    )?;
    sheet.gauges(
        "submissions_in_progress",
        "Flow runs that are being submitted",
        gauge(workers, |shared| Some(shared.submitting.len())),
    )?;
    sheet.durations(
        "submission_duration",
        "Time from the poll that gave a flow run to the creation of its Job",
        workers
            .iter()
            .map(|shared| (labels(shared, None), &shared.tally.submission)),
    )?;
    sheet.durations(
        "schedule_delay",
        "Time from the scheduled start of a flow run to the creation of its Job",
        workers
            .iter()
            .map(|shared| (labels(shared, None), &shared.tally.delay)),
    )
}

fn signs_of_life(sheet: &mut Sheet<'_>, workers: &[Arc<Shared>]) -> fmt::Result {
    sheet.moments(
        "last_poll_timestamp",
        "When the Prefect API last answered a poll, or the limit left no place for runs",
        moments(workers, |shared| shared.tally.last_poll()),
    )?;
    sheet.moments(
        "last_heartbeat_timestamp",
        "When the Prefect API last took a heartbeat",
        moments(workers, |shared| shared.tally.last_heartbeat()),
    )?;
    sheet.gauges(
        "work_pool_paused",
        "1 while the work pool gives out no flow runs",
        gauge(workers, |shared| Some(usize::from(shared.pool().paused))),
    )
}

fn gauge<'a>(
    workers: &'a [Arc<Shared>],
    value: impl Fn(&Shared) -> Option<usize> + 'a,
) -> impl Iterator<Item = (Labels, i64)> + 'a {
    workers.iter().filter_map(move |shared| {
        let value = value(shared)?;
        Some((
            labels(shared, None),
            i64::try_from(value).unwrap_or(i64::MAX),
        ))
    })
}

fn moments<'a>(
    workers: &'a [Arc<Shared>],
    value: impl Fn(&Shared) -> Option<f64> + 'a,
) -> impl Iterator<Item = (Labels, f64)> + 'a {
    workers
        .iter()
        .filter_map(move |shared| Some((labels(shared, None), value(shared)?)))
}

fn labels(shared: &Shared, further: Option<(&'static str, String)>) -> Labels {
    let pool = ("work_pool", shared.options.pool.0.clone());
    std::iter::once(pool).chain(further).collect()
}

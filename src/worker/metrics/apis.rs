//! What is told of the connections: requests to both APIs, watches, events, log lines.

use std::fmt;

use super::sheet::{Labels, Sheet};
use crate::{
    prefect::{logs::LogStats, ws::EventStats},
    requests::Snapshot,
    worker::status::Connections,
};

/// The families that have no row for each pool.
pub fn write(sheet: &mut Sheet<'_>, connections: &Connections) -> fmt::Result {
    let apis = [
        ("prefect", connections.prefect.metrics().snapshot()),
        ("kubernetes", connections.cluster.metrics().snapshot()),
    ];
    requests(sheet, &apis)?;
    let restarts = apis.iter().flat_map(|(_, api)| &api.watch_restarts);
    sheet.counters(
        "watch_restarts",
        "Watches that had to begin anew with a list",
        restarts.map(|(kind, count)| (labels([("resource", kind)]), *count)),
    )?;
    events(sheet, connections.events.stats())?;
    log_lines(sheet, connections.logs.stats())
}

fn requests(sheet: &mut Sheet<'_>, apis: &[(&str, Snapshot)]) -> fmt::Result {
    sheet.counters(
        "api_requests",
        "Requests by route and status code; 0 stands for no answer",
        apis.iter().flat_map(|(api, snapshot)| {
            snapshot.requests.iter().map(|(key, count)| {
                let code = key.status.to_string();
                let labels = labels([
                    ("api", api),
                    ("method", key.method),
                    ("route", &key.route),
                    ("code", &code),
                ]);
                (labels, *count)
            })
        }),
    )?;
    sheet.counters(
        "api_request_retries",
        "Requests that repeated a failed one",
        apis.iter()
            .map(|(api, snapshot)| (labels([("api", api)]), snapshot.retries)),
    )?;
    sheet.gauges(
        "api_requests_in_flight",
        "Requests that wait for their answer",
        apis.iter()
            .map(|(api, snapshot)| (labels([("api", api)]), snapshot.in_flight)),
    )?;
    sheet.gauges(
        "api_requests_waiting",
        "Requests that are not sent yet: they wait for a free connection, or for their next try",
        apis.iter().flat_map(|(api, snapshot)| {
            let row = |reason, value| (labels([("api", api), ("reason", reason)]), value);
            [
                row("connection", snapshot.waiting),
                row("retry", snapshot.backing_off),
            ]
        }),
    )
}

fn events(sheet: &mut Sheet<'_>, events: EventStats) -> fmt::Result {
    let one = |value| [(Labels::new(), value)];
    sheet.counters(
        "events_sent",
        "Events that the server has",
        one(events.sent),
    )?;
    sheet.counters(
        "events_dropped",
        "Events that found no room, were too large, or were refused",
        one(events.dropped),
    )?;
    let waiting = [(Labels::new(), whole(events.waiting))];
    sheet.gauges(
        "events_waiting",
        "Events on their way to the server",
        waiting,
    )
}

fn log_lines(sheet: &mut Sheet<'_>, logs: LogStats) -> fmt::Result {
    let one = |value| [(Labels::new(), value)];
    sheet.counters(
        "log_lines_sent",
        "Lines for the logs of flow runs that the server took",
        one(logs.sent),
    )?;
    sheet.counters(
        "log_lines_dropped",
        "Lines for the logs of flow runs that found no room or were refused",
        one(logs.dropped),
    )?;
    let waiting = [(Labels::new(), whole(logs.waiting))];
    sheet.gauges(
        "log_lines_waiting",
        "Lines for the logs of flow runs on their way to the server",
        waiting,
    )
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn labels<const N: usize>(labels: [(&'static str, &str); N]) -> Labels {
    labels.map(|(name, value)| (name, value.to_owned())).into()
}

//! What a person sees of a running worker: a table of the runs in hand under the log.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{
    prefect::WorkPoolName,
    ui::{Table, age, live::Live},
    worker::board::Board,
};

/// Time between two looks at the board.
const INTERVAL: Duration = Duration::from_millis(500);
/// Longer names are cut, so that the state of every run stays in sight.
const NAME_WIDTH: usize = 32;

/// Keeps the table of all pools' runs up to date until the token is cancelled. Away from a terminal
/// it only waits.
pub async fn show(live: &Live, boards: Vec<(WorkPoolName, Board)>, stop: CancellationToken) {
    if !live.is_drawn() {
        stop.cancelled().await;
        return;
    }
    loop {
        live.show(&table(&boards, Instant::now()));
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    live.clear();
}

/// A row for each run, oldest first; the pool has a column where there are several.
fn table(boards: &[(WorkPoolName, Board)], now: Instant) -> Vec<String> {
    let mut runs: Vec<_> = boards
        .iter()
        .flat_map(|(pool, board)| board.in_sight(now).into_iter().map(move |run| (pool, run)))
        .collect();
    if runs.is_empty() {
        return Vec::new();
    }
    runs.sort_by_key(|(_, run)| run.since);
    let several = boards.len() > 1;
    let pool = |name: &str| several.then(|| cut(name));
    let headings = ["FLOW RUN", "STATE", "AGE", "DEPLOYMENT", "JOB"];
    let headings: Vec<&str> = several
        .then_some("POOL")
        .into_iter()
        .chain(headings)
        .collect();
    let mut table = Table::new(&headings);
    for (name, run) in runs {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let cells = [
            cut(&run.name),
            run.phase.text(),
            age(now.saturating_duration_since(run.since)),
            or_dash(&run.deployment),
            or_dash(&run.job),
        ];
        table.row(pool(name.as_str()).into_iter().chain(cells));
    }
    table.render().lines().map(str::to_owned).collect()
}

fn cut(name: &str) -> String {
    console::truncate_str(name, NAME_WIDTH, "…").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::board::Phase;

    #[test]
    fn a_row_for_each_run() {
        let board = Board::default();
        let now = Instant::now();
        let id = uuid::Uuid::new_v4();
        board.take(id, "calm-fox", Some("nightly"), now);
        board.has_job(id, "flows/calm-fox-1");
        board.moved(id, Phase::Running);
        let one = ("light".to_owned().into(), board);
        assert_eq!(
            table(std::slice::from_ref(&one), now),
            [
                "FLOW RUN   STATE     AGE   DEPLOYMENT   JOB",
                "calm-fox   Running   0s    nightly      flows/calm-fox-1",
            ]
        );
        let (empty, other) = (Board::default(), Board::default());
        assert!(table(&[("light".to_owned().into(), empty)], now).is_empty());
        other.take(
            uuid::Uuid::new_v4(),
            "old-owl",
            None,
            now - Duration::from_secs(9),
        );
        assert_eq!(
            table(&[one, ("heavy".to_owned().into(), other)], now),
            [
                "POOL    FLOW RUN   STATE        AGE   DEPLOYMENT   JOB",
                "heavy   old-owl    Submitting   9s    -            -",
                "light   calm-fox   Running      0s    nightly      flows/calm-fox-1",
            ]
        );
    }
}

//! What a person sees of a running worker: a table of the runs in hand under the log.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::{
    ui::{Table, live::Live},
    worker::board::{ActiveRun, Board},
};

/// Time between two looks at the board.
const INTERVAL: Duration = Duration::from_millis(500);
/// Longer names are cut, so that the state of every run stays in sight.
const NAME_WIDTH: usize = 32;

/// Keeps the table up to date until the token is cancelled. Away from a terminal it only waits.
pub async fn show(live: &Live, board: &Board, stop: CancellationToken) {
    if !live.is_drawn() {
        stop.cancelled().await;
        return;
    }
    loop {
        live.show(&table(&board.in_sight(Instant::now()), Instant::now()));
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    live.clear();
}

fn table(runs: &[ActiveRun], now: Instant) -> Vec<String> {
    if runs.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(&["FLOW RUN", "STATE", "AGE", "DEPLOYMENT", "JOB"]);
    for run in runs {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        table.row([
            console::truncate_str(&run.name, NAME_WIDTH, "…").into_owned(),
            run.phase.text(),
            age(now.saturating_duration_since(run.since)),
            or_dash(&run.deployment),
            or_dash(&run.job),
        ]);
    }
    table.render().lines().map(str::to_owned).collect()
}

/// An age as kubectl prints it.
fn age(age: Duration) -> String {
    let seconds = age.as_secs();
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m{}s", seconds / 60, seconds % 60),
        7200..172_800 => format!("{}h{}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d{}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::board::Phase;

    #[test]
    fn ages() {
        let text = |seconds| age(Duration::from_secs(seconds));
        assert_eq!(
            [text(5), text(119), text(125), text(7260), text(180_000)],
            ["5s", "119s", "2m5s", "2h1m", "2d2h"]
        );
    }

    #[test]
    fn a_row_for_each_run() {
        let board = Board::default();
        let now = Instant::now();
        let id = uuid::Uuid::new_v4();
        board.take(id, "calm-fox", Some("nightly"), now);
        board.has_job(id, "flows/calm-fox-1");
        board.moved(id, Phase::Running);
        assert_eq!(
            table(&board.in_sight(now), now),
            [
                "FLOW RUN   STATE     AGE   DEPLOYMENT   JOB",
                "calm-fox   Running   0s    nightly      flows/calm-fox-1",
            ]
        );
        assert!(table(&[], now).is_empty());
    }
}

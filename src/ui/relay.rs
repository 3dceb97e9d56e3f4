//! Log lines of the process handed on, to where somebody else keeps them as well.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use tracing::{Event, Level, Subscriber, field::Field};
use tracing_subscriber::{
    filter::LevelFilter,
    layer::{Context, Layer},
    registry::LookupSpan,
};

/// Our own lines that are not handed on: whoever sends them would speak of the sending.
const SENDERS: &str = "kubectl_prefect::prefect";

/// Takes a line; it must not log, and must not wait.
type Taker = Box<dyn Fn(Level, &str) + Send + Sync>;

/// Hands our own lines on once somebody takes them, except those about a flow run, which stand in
/// the run's log, and those about the sending itself.
#[derive(Clone, Default)]
pub struct Relay(Arc<OnceLock<(LevelFilter, Taker)>>);

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_taken = self.0.get().is_some();
        f.debug_tuple("Relay").field(&is_taken).finish()
    }
}

impl Relay {
    /// From now on lines of this level and above are handed to `taker`. The first one stays.
    pub fn hand_to(&self, level: LevelFilter, taker: impl Fn(Level, &str) + Send + Sync + 'static) {
        // A second taker would be one too many.
        let _ = self.0.set((level, Box::new(taker)));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Relay {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let Some((level, taker)) = self.0.get() else {
            return;
        };
        let (target, own) = (event.metadata().target(), *event.metadata().level());
        let is_ours = target.starts_with("kubectl_prefect") && !target.starts_with(SENDERS);
        if !is_ours || *level < own {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        if !line.is_of_run {
            taker(own, &line.message);
        }
    }
}

#[derive(Default)]
struct Line {
    message: String,
    is_of_run: bool,
}

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "flow_run_id" => self.is_of_run = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn our_lines_go_on_and_those_about_runs_and_about_sending_do_not() {
        let relay = Relay::default();
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let taken = Arc::clone(&lines);
        let registry = tracing_subscriber::registry().with(relay.clone());
        tracing::subscriber::with_default(registry, || {
            tracing::info!("nobody takes it yet");
            relay.hand_to(LevelFilter::INFO, move |level, line| {
                taken.lock().unwrap().push(format!("{level} {line}"));
            });
            tracing::info!(seconds = 3, "hello {}", "wörld");
            tracing::warn!(flow_run_id = "x", "of a run");
            tracing::debug!("too little");
            tracing::error!(target: "kubectl_prefect::prefect::client", "of the sending");
            tracing::error!(target: "hyper", "of a library");
        });
        assert_eq!(*lines.lock().unwrap(), ["INFO hello wörld"]);
    }
}

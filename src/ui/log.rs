//! The program's log: one line an event, for people or as JSON, on stderr.

use std::fmt;

use clap::ValueEnum;
use tracing::{Event, Level, Subscriber, field::Field};
use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::{JsonFields, Writer, debug_fn},
    },
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use super::{live::Live, relay::Relay, tame_line};

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Time, level and message for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// How lines are written.
    pub format: LogFormat,
    /// Least severe lines of our own.
    pub level: LevelFilter,
    /// Least severe lines of libraries, which speak of connections and the like.
    pub libraries: LevelFilter,
    /// Whether levels have colours.
    pub color: bool,
}

/// Starts the log of this process. A second call changes nothing.
///
pub fn start(speech: Speech, live: &Live, relay: &Relay) {
    let Speech {
        format,
        level,
        libraries,
        color,
    } = speech;
    let verbose = level >= LevelFilter::TRACE;
    let targets = Targets::new()
        .with_default(if verbose { level } else { libraries })
        .with_target("kubectl_prefect", level)
        // It calls every refused request an error; ours says what that means and what to do.
        .with_target(
            "kube_client",
            if verbose { level } else { LevelFilter::OFF },
        );
    let layer = match format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .event_format(Text { color })
            // A span stands for where a line comes from: its values are enough.
            .fmt_fields(debug_fn(|writer, _, value| write!(writer, "{value:?}")))
            .with_writer(live.clone())
            .with_filter(targets)
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .fmt_fields(JsonFields::new())
            .with_writer(live.clone())
            .with_filter(targets)
            .boxed(),
    };
    // Only a second start in one process fails, and then the first one stays.
    let _ = tracing_subscriber::registry()
        .with(layer)
        .with(relay.clone())
        .try_init();
}

/// `12:34:56 INFO  [pool] flow-run: message  key=value`, the pool where there are several; the
/// run's id is for machines.
struct Text {
    color: bool,
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let is_ours = event.metadata().target().starts_with("kubectl_prefect");
        let mut line = Fields {
            says_numbers: is_ours && *event.metadata().level() <= Level::INFO,
            ..Fields::default()
        };
        event.record(&mut line);
        let now = jiff::Zoned::now();
        let level = *event.metadata().level();
        if self.color {
            let code = match level {
                Level::ERROR => "1;31",
                Level::WARN => "33",
                Level::INFO => "32",
                _ => "2",
            };
            write!(writer, "\x1b[2m{}\x1b[0m ", now.strftime("%H:%M:%S"))?;
            write!(writer, "\x1b[{code}m{level:<5}\x1b[0m ")?;
        } else {
            write!(writer, "{} {level:<5} ", now.strftime("%H:%M:%S"))?;
        }
        // A message is data from elsewhere as often as not: it must not steer the terminal.
        let text = format!(
            "{}{}{}{}",
            place(context),
            line.flow_run,
            line.message,
            line.rest
        );
        writeln!(writer, "{}", tame_line(&text))
    }
}

/// Where a line comes from, as the span around it says.
fn place<S, N>(context: &FmtContext<'_, S, N>) -> String
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let Some(span) = context.lookup_current() else {
        return String::new();
    };
    match span.extensions().get::<FormattedFields<N>>() {
        Some(fields) if !fields.is_empty() => format!("[{fields}] "),
        _ => String::new(),
    }
}

#[derive(Default)]
struct Fields {
    /// Sentences for people say their numbers; as fields they are for machines.
    says_numbers: bool,
    flow_run: String,
    message: String,
    rest: String,
}

impl Fields {
    fn note(&mut self, name: &str, value: &str) {
        match name {
            "message" => value.clone_into(&mut self.message),
            "flow_run" => self.flow_run = format!("{value}: "),
            "flow_run_id" => {}
            _ => self.rest.push_str(&format!("  {name}={value}")),
        }
    }
}

impl tracing::field::Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if !self.says_numbers {
            self.note(field.name(), &value.to_string());
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.note(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(field.name(), &format!("{value:?}"));
    }
}

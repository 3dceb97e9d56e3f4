//! What is logged, how, and where to: from flags and settings.

use tracing_subscriber::filter::LevelFilter;

use super::args::{Args, Level};
use crate::{
    cli::Session,
    prefect::logs::{self, LogSettings, Logs},
    settings::{LogLevel, PrefectSettings},
    ui::{log::Speech, relay::Relay},
};

/// How log lines are sent to the server.
pub fn log_settings(settings: &PrefectSettings) -> LogSettings {
    let logging = &settings.logging;
    LogSettings {
        enabled: logging.to_api,
        level: severity(logging.level),
        batch_interval: logging.batch_interval,
        batch_size: logging.batch_size,
        max_log_size: logging.max_log_size,
        ..LogSettings::default()
    }
}

const fn severity(level: LogLevel) -> logs::LogLevel {
    match level {
        LogLevel::Debug => logs::LogLevel::Debug,
        LogLevel::Info => logs::LogLevel::Info,
        LogLevel::Warning => logs::LogLevel::Warning,
        LogLevel::Error => logs::LogLevel::Error,
        LogLevel::Critical => logs::LogLevel::Critical,
    }
}

/// What is logged, and how: as the flags say, else as Prefect's settings do.
pub fn speech(args: &Args, session: &Session, settings: &PrefectSettings) -> Speech {
    let logging = &settings.logging;
    let level = args.log_level.map_or_else(|| level(settings), filter_of);
    Speech {
        format: args.log_format,
        level,
        libraries: level.min(filter(logging.internal_level)),
        color: session.ui.color() && logging.colors,
    }
}

/// The level of the worker's own lines, as the settings say.
pub fn level(settings: &PrefectSettings) -> LevelFilter {
    if settings.worker.debug_mode {
        LevelFilter::DEBUG
    } else {
        filter(settings.logging.level)
    }
}

const fn filter(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Warning => LevelFilter::WARN,
        LogLevel::Error | LogLevel::Critical => LevelFilter::ERROR,
    }
}

const fn filter_of(level: Level) -> LevelFilter {
    match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warning => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    }
}

/// Hands the worker's lines to its log on Prefect Cloud; another server keeps none.
pub fn hand_on(relay: &Relay, settings: &PrefectSettings, logs: Logs) {
    relay.hand_to(level(settings), move |level, line| {
        let level = match level {
            tracing::Level::ERROR => logs::LogLevel::Error,
            tracing::Level::WARN => logs::LogLevel::Warning,
            tracing::Level::INFO => logs::LogLevel::Info,
            tracing::Level::DEBUG | tracing::Level::TRACE => logs::LogLevel::Debug,
        };
        logs.worker(level, line);
    });
}

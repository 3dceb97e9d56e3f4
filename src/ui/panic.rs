//! What is said when the program panics: that it is our fault, where it happened, how to report it.
//!
//! Nothing of what it worked with is shown. A panic's message that was put together at run time may
//! hold anything (an index into a text shows the text), so only messages that stand in the source
//! are repeated.

use std::panic::{PanicHookInfo, set_hook};

use super::{log::LogFormat, say_object, write_all};
use crate::this_build::THIS;

/// Where bugs are reported.
pub const BUGS: &str = "https://github.com/kubectl-prefect/kubectl-prefect/issues";
/// What failed.
const MESSAGE: &str = "this is a bug in kubectl-prefect";

/// Tells of panics in words of our own, as the log's lines are written. The last call counts.
pub fn tell_of_panics(format: LogFormat) {
    set_hook(Box::new(move |panic| {
        let why = why(panic);
        let hints = [
            format!(
                "Please report it at {BUGS}, with this:\n{why}\n{}, {}/{}",
                THIS.line(),
                THIS.platform.0,
                THIS.platform.1
            ),
            "kubectl prefect report gathers more, without Secrets, if you can add it.".to_owned(),
        ];
        match format {
            LogFormat::Text => {
                let mut text = format!("error: {MESSAGE}\n  why: {why}\n");
                for hint in hints {
                    text.push_str(&format!("hint: {}\n", super::indent(&hint)));
                }
                write_all(&mut std::io::stderr().lock(), &text);
            }
            LogFormat::Json => say_object(
                "ERROR",
                serde_json::json!({"message": MESSAGE, "causes": [why], "hints": hints}),
            ),
        }
    }));
}

fn why(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location();
    let place = place.map_or_else(
        || "an unknown place".to_owned(),
        |place| format!("{}:{}", place.file(), place.line()),
    );
    match panic.payload().downcast_ref::<&'static str>() {
        Some(text) => format!("{text} ({place})"),
        None => format!("it panicked at {place}"),
    }
}

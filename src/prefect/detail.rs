//! What the API says about a failure, on one line.
//!
//! Its answers come in four shapes: `{"detail": "text"}`, `{"detail": [{loc, msg}]}`,
//! `{"exception_message": "text", "exception_detail": [{loc, msg}], "request_body": ...}`, and
//! something that is no JSON at all because another server answered.

use serde_json::Value;

/// The longest message taken over from a server, in characters.
const LONGEST: usize = 600;

/// Where an answer seems to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The API, about the request.
    Api,
    /// The API's router, which knows no such route: `{"detail": "Not Found"}`.
    Router,
    /// Another server: HTML, plain text, or nothing.
    Elsewhere,
}

/// The server's message and where it comes from.
///
/// The request that Prefect repeats in its answer is left out: it may hold secrets.
#[must_use]
pub fn read(body: &[u8]) -> (Option<String>, Origin) {
    let Ok(Value::Object(answer)) = serde_json::from_slice::<Value>(body) else {
        return (None, Origin::Elsewhere);
    };
    let headline = answer.get("exception_message").and_then(Value::as_str);
    let details = answer
        .get("detail")
        .or_else(|| answer.get("exception_detail"));
    let details = match details {
        Some(Value::String(text)) if text == "Not Found" && headline.is_none() => {
            return (None, Origin::Router);
        }
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(errors)) => Some(
            errors
                .iter()
                .map(validation_error)
                .collect::<Vec<_>>()
                .join("; "),
        ),
        _ => None,
    };
    let message = match (headline, details) {
        (Some(headline), Some(details)) if !details.is_empty() => {
            Some(format!("{} {details}", headline.trim_end()))
        }
        (Some(headline), _) => Some(headline.to_owned()),
        (None, details) => details,
    };
    (message.map(|message| one_line(&message)), Origin::Api)
}

/// `body.work_queue.name: Field required`
fn validation_error(error: &Value) -> String {
    let place = error
        .get("loc")
        .and_then(Value::as_array)
        .map(|parts| {
            parts
                .iter()
                .map(|part| match part {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect::<Vec<_>>()
                .join(".")
        })
        .unwrap_or_default();
    let message = error
        .get("msg")
        .and_then(Value::as_str)
        .map_or_else(|| "is not valid".to_owned(), str::to_owned);
    if place.is_empty() {
        message
    } else {
        format!("{place}: {message}")
    }
}

/// Folds white space and cuts what is too long.
fn one_line(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_answer() {
        for (body, message, origin) in [
            (
                r#"{"detail":"Work pool \"nope\" not found."}"#,
                Some(r#"Work pool "nope" not found."#),
                Origin::Api,
            ),
            (r#"{"detail":"Not Found"}"#, None, Origin::Router),
            (
                r#"{"exception_message":"Invalid request received.","exception_detail":[
                    {"type":"missing","loc":["body","name"],"msg":"Field required","input":{"k":"secret"}},
                    {"loc":["body","a",0],"msg":"Input should be\na string"}],
                   "request_body":{"api_key":"secret"}}"#,
                Some(
                    "Invalid request received. body.name: Field required; body.a.0: Input should be a string",
                ),
                Origin::Api,
            ),
            (
                r#"{"detail":[{"loc":["query","client"],"msg":"Field required"}]}"#,
                Some("query.client: Field required"),
                Origin::Api,
            ),
            (
                r#"{"exception_message":"Unauthorized"}"#,
                Some("Unauthorized"),
                Origin::Api,
            ),
            (r#"{"other":1}"#, None, Origin::Api),
            ("<html>nginx</html>", None, Origin::Elsewhere),
            ("", None, Origin::Elsewhere),
            ("[]", None, Origin::Elsewhere),
        ] {
            let (read_message, read_origin) = read(body.as_bytes());
            assert_eq!(read_message.as_deref(), message, "{body}");
            assert_eq!(read_origin, origin, "{body}");
        }
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let body = format!(r#"{{"detail":"{}"}}"#, "é".repeat(5000));
        let (message, _) = read(body.as_bytes());
        assert_eq!(message.unwrap().chars().count(), LONGEST + 1);
    }
}

use super::*;
use crate::k8s::{
    view::JobView,
    wire::tests::{framed, named, no},
};

/// The events that come in these pieces, in short, up to an error that ends the watch.
fn told<'a>(encoding: Encoding, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut buffer = Buffer::new(encoding);
    let mut told = Vec::new();
    for piece in pieces {
        buffer.bytes.extend_from_slice(piece);
        loop {
            told.push(match buffer.event::<JobView>() {
                Ok(None) => break,
                Ok(Some(Event::Applied(job))) => format!("+{}", job.metadata.name),
                Ok(Some(Event::Deleted(job))) => format!("-{}", job.metadata.name),
                Ok(Some(Event::Bookmark(version))) => version,
                Ok(Some(Event::Refused(status))) => format!("{} {}", status.code, status.reason),
                Err(error) if crate::k8s::failure::is_unreadable(&error) => "?".to_owned(),
                Err(error) => {
                    told.push(error.to_string());
                    return told;
                }
            });
        }
    }
    told
}

#[test]
fn events_are_read_however_they_are_cut() {
    let stream = [
        framed("ADDED", &named("a", 1)),
        framed("MODIFIED", &named("b", 2)),
        b"\0\0\0\x02\xff\xff".to_vec(),
        framed("RENAMED", &named("a", 3)),
        b"\0\0\0\x02\x12\0".to_vec(),
        framed("DELETED", &named("a", 3)),
        framed("BOOKMARK", &named("", 9)),
        framed("ERROR", &no(410, "Expired", "too old")),
    ]
    .concat();
    let expected = ["+a", "+b", "?", "?", "?", "-a", "9", "410 Expired"];
    for size in [1, 7, stream.len()] {
        let told = told(Encoding::Protobuf, stream.chunks(size));
        assert_eq!(told, expected, "{size}");
    }
}

#[test]
fn lines_are_read_however_they_are_cut() {
    let stream = concat!(
        r#"{"type":"ADDED","object":{"metadata":{"name":"a"}}}"#,
        "\n\r\n",
        r#"{"type":"DELETED","object":{"metadata":{"name":"a"}}}"#,
        "\n[]\n",
        r#"{"type":"BOOKMARK","object":{"kind":"Job","apiVersion":"batch/v1","metadata":{"resourceVersion":"9"}}}"#,
        "\n",
        r#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
        "\n{\"type\":\"ADD"
    );
    for size in [1, 7, stream.len()] {
        let told = told(Encoding::Json, stream.as_bytes().chunks(size));
        assert_eq!(told, ["+a", "-a", "?", "9", "410 Expired"], "{size}");
    }
}

#[test]
fn a_length_that_cannot_be_is_an_end() {
    let told = told(Encoding::Protobuf, [b"{\"type\":".as_slice()]);
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("an event has no end"), "{told:?}");
}

#[test]
fn a_no_is_read_in_both_encodings() {
    let json = br#"{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}"#;
    let refused = refusal(&Bytes::from_static(json), 403);
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
    let event = framed("", &no(403, "Forbidden", "no"));
    let (_, envelope) = wire::event(Bytes::from(event).slice(LENGTH..)).unwrap();
    let refused = refusal(&envelope, 403);
    assert_eq!((refused.code, refused.reason.as_str()), (403, "Forbidden"));
    assert_eq!(refused.message, "no");
    let refused = refusal(&Bytes::from_static(b"bad gateway"), 502);
    assert_eq!(
        (refused.code, refused.message.as_str()),
        (502, "bad gateway")
    );
}

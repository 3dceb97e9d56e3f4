use std::sync::{Arc, Mutex};

use futures::{Stream, StreamExt as _};
use http_body_util::StreamBody;
use tokio::time::sleep;

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
        buffer.add(piece);
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

/// The events of an answer that comes in these pieces.
async fn events(
    pieces: impl Stream<Item = io::Result<Frame<Bytes>>> + Send + 'static,
) -> Events<JobView> {
    // Only a client makes a body of a stream.
    let body = Arc::new(Mutex::new(Some(StreamBody::new(pieces))));
    let service = tower::service_fn(move |_: Request<Body>| {
        let body = body.lock().unwrap().take().unwrap();
        async move { Ok::<_, io::Error>(http::Response::new(body)) }
    });
    let client = kube::Client::new(service, "default");
    let answer = client.send(Request::new(Body::empty())).await.unwrap();
    Events::of(answer.into_body(), Encoding::Protobuf)
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_read_together_and_what_comes_after_a_pause_at_once() {
    let (send, receive) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let pieces = futures::stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await?;
        Some((Ok::<_, io::Error>(Frame::data(piece)), receive))
    });
    let mut events = events(pieces).await;
    let begun = Instant::now();
    let server = async {
        for (name, pause) in [("a", 10), ("b", 10), ("c", 980), ("d", 0)] {
            send.send(framed("ADDED", &named(name, 1)).into()).unwrap();
            sleep(Duration::from_millis(pause)).await;
        }
        drop(send);
    };
    let reader = async {
        let mut told = Vec::new();
        while let Some(event) = events.next().await {
            let Ok(Event::Applied(job)) = event else {
                panic!("only Jobs are sent")
            };
            told.push((job.metadata.name, begun.elapsed().as_millis()));
        }
        told
    };
    let ((), told) = futures::join!(server, reader);
    let told: Vec<_> = told.iter().map(|(name, at)| (name.as_str(), *at)).collect();
    assert_eq!(told, [("a", 0), ("b", 100), ("c", 100), ("d", 1000)]);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_read_without_a_rest_and_its_room_given_back() {
    let large = named(&"n".repeat(1 << 20), 1);
    let small = (0..200).flat_map(|_| framed("ADDED", &named(&"n".repeat(9 << 10), 2)));
    let stream: Vec<u8> = framed("ADDED", &large).into_iter().chain(small).collect();
    let pieces: Vec<_> = stream
        .chunks(16 << 10)
        .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    // Nothing more comes, and the answer does not end.
    let pieces = futures::stream::iter(pieces).chain(futures::stream::pending());
    let mut events = events(pieces).await;
    let begun = Instant::now();
    for _ in 0..201 {
        let event = events.next().await.unwrap().unwrap();
        assert!(matches!(event, Event::Applied(_)));
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(events.buffer.bytes.capacity(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_an_answer_broke_is_told() {
    let pieces = [
        Ok(Frame::data(framed("ADDED", &named("a", 1)).into())),
        Ok(Frame::data(framed("ADDED", &named("b", 2)).into())),
        Err(io::Error::other("broken")),
    ];
    let mut events = events(futures::stream::iter(pieces)).await;
    for expected in ["a", "b"] {
        let event = events.next().await.unwrap().unwrap();
        assert!(matches!(event, Event::Applied(job) if job.metadata.name == expected));
    }
    let error = events.next().await.unwrap().err().unwrap();
    assert!(matches!(error, kube::Error::ReadEvents(_)), "{error}");
}

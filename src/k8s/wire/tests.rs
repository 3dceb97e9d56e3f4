use prost::Message as _;

use super::{
    messages::{self, RawExtension},
    *,
};

/// An object in its envelope.
fn enveloped(object: &impl prost::Message) -> Bytes {
    let unknown = Unknown {
        raw: object.encode_to_vec().into(),
    };
    [MAGIC, &unknown.encode_to_vec()].concat().into()
}

/// An event as it stands in a stream, with its length.
pub(in crate::k8s) fn framed(kind: &str, object: &impl prost::Message) -> Vec<u8> {
    let event = WatchEvent {
        kind: kind.to_owned(),
        object: Some(RawExtension {
            raw: enveloped(object),
        }),
    }
    .encode_to_vec();
    let length = u32::try_from(event.len()).unwrap().to_be_bytes();
    [length.as_slice(), &event].concat()
}

/// A Job with nothing but a name and a version.
pub(in crate::k8s) fn named(name: &str, version: u32) -> impl prost::Message + use<> {
    let metadata = ObjectMeta {
        name: name.to_owned(),
        resource_version: version.to_string(),
        ..ObjectMeta::default()
    };
    Job {
        metadata: Some(metadata),
        ..Job::default()
    }
}

/// A server's no.
pub(in crate::k8s) fn no(code: i32, reason: &str, message: &str) -> impl prost::Message + use<> {
    Status {
        code,
        reason: reason.to_owned(),
        message: message.as_bytes().to_vec(),
    }
}

#[test]
fn a_message_that_is_cut_within_a_character_is_mended() {
    let terminated = messages::Terminated {
        exit_code: 1,
        message: b"no such file: caf\xc3".to_vec(),
        ..messages::Terminated::default()
    };
    let state = ContainerState {
        terminated: Some(terminated),
        ..ContainerState::default()
    };
    let container = Container {
        name: "prefect-job".to_owned(),
        state: Some(state),
        ..Container::default()
    };
    let status = messages::PodStatus {
        phase: "Dreaming".to_owned(),
        container_statuses: vec![container],
        ..messages::PodStatus::default()
    };
    let object = Pod {
        status: Some(status),
        ..Pod::default()
    };
    let read = pod(object.encode_to_vec().into()).unwrap();
    assert_eq!(read.status.phase, Phase::Unknown);
    let ended = read.status.container_statuses[0].state.terminated.as_ref();
    let ended = ended.unwrap();
    assert_eq!(ended.message.as_deref(), Some("no such file: caf\u{fffd}"));
    assert_eq!((ended.signal, &ended.reason), (None, &None));
}

#[test]
fn what_is_empty_is_not_there() {
    let empty = Bytes::new();
    assert_eq!(job(empty.clone()), Ok(JobView::default()));
    assert_eq!(pod(empty), Ok(PodView::default()));
    assert_eq!(time(Some(Time::default())), None);
    assert_eq!(
        time(Some(Time {
            seconds: 1,
            nanos: 0
        })),
        Some(Timestamp::from_second(1).unwrap())
    );
}

#[test]
fn an_envelope_is_told_from_something_else() {
    assert!(opened(&Bytes::from_static(b"{\"kind\":\"Status\"}")).is_none());
    let broken = opened(&Bytes::from_static(b"k8s\0\xff")).unwrap();
    assert!(broken.is_err());
    let envelope = enveloped(&no(410, "Expired", "too old"));
    let refused = status(opened(&envelope).unwrap().unwrap()).unwrap();
    assert_eq!((refused.code, refused.reason.as_str()), (410, "Expired"));
    assert_eq!(refused.message, "too old");
}

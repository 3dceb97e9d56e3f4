//! One installation of a release, as a Secret holds it.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{RELEASE, REVISION, ReleaseId, STATUS, code};
use crate::{
    error::{Error, Result},
    install::render::MANAGED_BY,
};

/// Annotation of a revision: what became of it, in a sentence.
const DESCRIPTION: &str = "kubectl-prefect.io/description";
/// Annotation of a revision: the version of the program that made it.
const VERSION: &str = "kubectl-prefect.io/version";
/// Annotation of a pending revision: who applies it, and how often it has said so.
const HOLDER: &str = "kubectl-prefect.io/holder";

/// What the data of a Secret may weigh, in bytes (`MaxSecretSize` of the Kubernetes API).
const LARGEST_SECRET: usize = 1 << 20;

/// How far a revision came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is being applied, or whoever did so was killed.
    Pending,
    /// All of it was applied. The latest of these is what is installed.
    Deployed,
    /// It was broken off, refused, or did not get ready.
    Failed,
}

impl Status {
    /// The word in the label, and in output for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Deployed => "deployed",
            Self::Failed => "failed",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Pending, Self::Deployed, Self::Failed]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// What is installed: the values as the user gave them, and the objects that came of them.
///
/// Values and objects may hold credentials: neither shows.
#[derive(Clone, PartialEq)]
pub struct Record {
    /// The values that were given, with today's names and without defaults.
    pub values: Value,
    /// The objects, as they were rendered.
    pub objects: Vec<Value>,
}

impl Record {
    /// Looks whether a revision can hold it, packed as it will be.
    ///
    /// # Errors
    /// When it is larger than a Secret may be.
    pub fn check_size(&self) -> Result<()> {
        let (values, objects) = self.pack()?;
        // Four characters of base64 are three bytes.
        let bytes = (values.len() + objects.len()) / 4 * 3;
        if bytes <= LARGEST_SECRET {
            return Ok(());
        }
        Err(Error::failed(
            "the values and objects of the release are too large to be remembered in the cluster",
        )
        .cause(format!(
            "packed they take {} KiB, and a Secret holds {} KiB at most",
            bytes.div_ceil(1024),
            LARGEST_SECRET / 1024
        ))
        .hint(
            "keep large parts out of the values: apply them with kubectl, and name a ConfigMap in \
             worker.config.baseJobTemplate.existingConfigMapName",
        ))
    }

    fn pack(&self) -> Result<(String, String)> {
        let pack = |document: &Value| {
            code::pack(document)
                .map_err(|error| Error::failed("failed to pack a revision").because(&error))
        };
        Ok((pack(&self.values)?, pack(&self.objects.clone().into())?))
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a record of {} objects", self.objects.len())
    }
}

/// A revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number, from 1 on.
    pub number: u32,
    /// How far it came.
    pub status: Status,
    /// What became of it.
    pub description: String,
    /// When it was begun.
    pub created: Option<Timestamp>,
    /// The version of the program that made it.
    pub version: String,
    /// What was installed; `None` when it cannot be read.
    pub record: Option<Record>,
    /// Who applies it, while it is pending.
    pub holder: String,
    /// Version of the Secret.
    pub resource_version: String,
}

#[cfg(test)]
impl Revision {
    /// One without a record, for tests.
    pub(crate) fn example(number: u32, status: Status) -> Self {
        Self {
            number,
            status,
            description: "was upgraded".to_owned(),
            created: "2026-11-22T20:00:00Z".parse().ok(),
            version: "0.1.0".to_owned(),
            record: None,
            holder: String::new(),
            resource_version: "1".to_owned(),
        }
    }
}

impl Revision {
    /// Reads a Secret; `None` when it is no revision.
    #[must_use]
    pub fn read(secret: &Value) -> Option<Self> {
        let metadata = &secret["metadata"];
        let label = |name: &str| metadata["labels"][name].as_str();
        let annotation = |name: &str| {
            let text = metadata["annotations"][name].as_str();
            text.unwrap_or_default().to_owned()
        };
        let part = |key: &str| code::unpack(secret["data"][key].as_str()?);
        let record = part("values").zip(part("objects"));
        Some(Self {
            number: label(REVISION)?.parse().ok()?,
            status: Status::parse(label(STATUS)?)?,
            description: annotation(DESCRIPTION),
            created: metadata["creationTimestamp"]
                .as_str()
                .and_then(|time| time.parse().ok()),
            version: annotation(VERSION),
            record: record.and_then(|(values, objects)| match objects {
                Value::Array(objects) => Some(Record { values, objects }),
                _ => None,
            }),
            holder: annotation(HOLDER),
            resource_version: metadata["resourceVersion"].as_str()?.to_owned(),
        })
    }

    /// The Secret of a new revision, pending in the hand of `holder`.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn secret(
        release: &ReleaseId,
        number: u32,
        holder: &str,
        record: &Record,
    ) -> Result<Value> {
        let (values, objects) = record.pack()?;
        let object = release.revision(number);
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubectl-prefect.io/revision",
            "metadata": {
                "name": object.name,
                "namespace": release.namespace,
                "labels": {
                    RELEASE: release.name,
                    REVISION: number.to_string(),
                    STATUS: Status::Pending.name(),
                    "app.kubernetes.io/managed-by": MANAGED_BY,
                },
                "annotations": {
                    DESCRIPTION: "is being applied",
                    VERSION: env!("CARGO_PKG_VERSION"),
                    HOLDER: holder,
                },
            },
            "data": {
                "values": values,
                "objects": objects,
            },
        }))
    }

    /// A merge patch that says what became of a revision; it holds for this version of the Secret.
    #[must_use]
    pub fn ending(status: Status, description: &str, resource_version: Option<&str>) -> Value {
        let mut metadata = BTreeMap::from([
            ("labels", json!({STATUS: status.name()})),
            (
                "annotations",
                json!({DESCRIPTION: description, HOLDER: null}),
            ),
        ]);
        if let Some(version) = resource_version {
            metadata.insert("resourceVersion", version.into());
        }
        json!({ "metadata": metadata })
    }

    /// A merge patch by which the holder says that it is still at it.
    #[must_use]
    pub fn sign_of_life(holder: &str, count: u32, resource_version: &str) -> Value {
        json!({"metadata": {
            "resourceVersion": resource_version,
            "annotations": {HOLDER: format!("{holder} {count}")},
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_secret_cannot_hold_is_refused() {
        let mut text = String::new();
        let mut number = 1_u64;
        while text.len() < 3 << 20 {
            number = number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push_str(&format!("{number:016x}"));
        }
        let record = |text: &str| Record {
            values: json!({}),
            objects: vec![json!({"data": {"x": text}})],
        };
        let error = record(&text).check_size().unwrap_err();
        assert!(
            error.causes[0].contains("a Secret holds 1024 KiB at most"),
            "{error:?}"
        );
        assert_eq!(record(&text[..1 << 20]).check_size(), Ok(()));
    }

    #[test]
    fn a_revision_is_read_as_it_was_written() {
        let release = ReleaseId {
            name: "w".to_owned(),
            namespace: "flows".to_owned(),
        };
        let record = Record {
            values: json!({"worker": {"config": {"workPool": "p"}}}),
            objects: vec![json!({"kind": "ConfigMap", "data": {"x": "s3cr3t"}})],
        };
        let mut secret = Revision::secret(&release, 3, "me", &record).unwrap();
        assert_eq!(Revision::read(&secret), None, "it has no version yet");
        secret["metadata"]["resourceVersion"] = "9".into();
        secret["metadata"]["creationTimestamp"] = "2026-11-22T20:00:00Z".into();
        let revision = Revision::read(&secret).unwrap();
        assert_eq!((revision.number, revision.status), (3, Status::Pending));
        assert_eq!(revision.holder, "me");
        assert_eq!(revision.record, Some(record));
        assert!(!format!("{revision:?}").contains("s3cr3t"));
        secret["data"]["values"] = "broken".into();
        assert_eq!(Revision::read(&secret).unwrap().record, None);
    }
}

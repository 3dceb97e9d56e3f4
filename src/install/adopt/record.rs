//! What Helm remembers of a release (helm.sh/helm/v4/pkg/storage/driver): JSON, compressed with
//! gzip, in base64, in the member `release` of a Secret.

use std::io::Read;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::GzDecoder;
use serde_json::Value;

use super::values;
use crate::error::{Error, Result};

/// What a record may weigh unpacked.
const LARGEST: u64 = 100 << 20;
/// The variable of the worker that holds the cluster's UID.
const CLUSTER_UID: &str = "PREFECT_KUBERNETES_CLUSTER_UID";

/// A release as Helm has installed it.
#[derive(Clone, PartialEq)]
pub struct HelmRelease {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its revision.
    pub revision: u64,
    /// The chart's name.
    pub chart: String,
    /// The chart's version.
    pub version: String,
    /// The values that render to the same objects here: those of the user, and defaults of that
    /// version of the chart that are others now.
    pub values: Value,
    /// The objects that it has installed.
    pub objects: Vec<Value>,
    /// The names of all Secrets that remember it.
    pub records: Vec<String>,
}

/// Values and objects may hold credentials: neither shows.
impl std::fmt::Debug for HelmRelease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "release {} of Helm, revision {}",
            self.name, self.revision
        )
    }
}

impl HelmRelease {
    /// What it is, for people.
    #[must_use]
    pub fn title(&self) -> String {
        format!(
            "revision {} of Helm with chart {}-{}",
            self.revision, self.chart, self.version
        )
    }

    /// The UID of the cluster that the worker was told; an empty text where Helm could not look.
    #[must_use]
    pub fn cluster_uid(&self) -> Option<String> {
        let deployment = self.objects.iter().find(|it| it["kind"] == "Deployment")?;
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let variables = container["env"].as_array()?;
        let variable = variables.iter().find(|it| it["name"] == CLUSTER_UID)?;
        Some(variable["value"].as_str().unwrap_or_default().to_owned())
    }
}

/// The revision that is installed, out of all records of a release. `Err` says why there is none.
pub fn choose(secrets: &[Value]) -> Result<HelmRelease, String> {
    let number = |secret: &Value| -> u64 {
        let label = secret["metadata"]["labels"]["version"].as_str();
        label.and_then(|label| label.parse().ok()).unwrap_or(0)
    };
    let status = |secret: &Value| {
        let label = secret["metadata"]["labels"]["status"].as_str();
        label.unwrap_or_default().to_owned()
    };
    let mut newest_first: Vec<&Value> = secrets.iter().collect();
    newest_first.sort_by_key(|secret| std::cmp::Reverse(number(secret)));
    if let Some(latest) = newest_first.first() {
        let status = status(latest);
        if status.starts_with("pending-") || status == "uninstalling" {
            let number = number(latest);
            return Err(format!(
                "Helm is at it, or was broken off: its revision {number} is {status}"
            ));
        }
    }
    let deployed = newest_first
        .iter()
        .find(|secret| status(secret) == "deployed")
        .ok_or("none of its revisions is deployed")?;
    let document = unpack(deployed).ok_or_else(|| {
        let name = deployed["metadata"]["name"].as_str().unwrap_or_default();
        format!("its record in Secret {name} cannot be read")
    })?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let chart = &document["chart"];
    let name = |secret: &&Value| secret["metadata"]["name"].as_str().map(str::to_owned);
    Ok(HelmRelease {
        name: text(&document["name"]),
        namespace: text(&document["namespace"]),
        revision: number(deployed),
        chart: text(&chart["metadata"]["name"]),
        version: text(&chart["metadata"]["version"]),
        values: values::same(&document["config"], &chart["values"]),
        objects: objects(document["manifest"].as_str().unwrap_or_default())
            .map_err(|error| error.one_line())?,
        records: newest_first.iter().filter_map(name).collect(),
    })
}

fn unpack(secret: &Value) -> Option<Value> {
    let outer = BASE64_STANDARD.decode(secret["data"]["release"].as_str()?);
    let inner = BASE64_STANDARD.decode(outer.ok()?).ok()?;
    let mut bytes = Vec::new();
    let decoder = GzDecoder::new(inner.as_slice());
    decoder.take(LARGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The objects of a manifest, which is YAML of several documents.
fn objects(manifest: &str) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    let mut document = String::new();
    for line in manifest.lines().chain(["---"]) {
        if line.trim_end() == "---" {
            let object: Value = serde_saphyr::from_str(&document).map_err(|error| {
                Error::failed("an object of its manifest is no YAML").because(&error)
            })?;
            objects.extend(Some(object).filter(Value::is_object));
            document.clear();
        } else {
            document.push_str(line);
            document.push('\n');
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;

    use super::*;

    fn secret(version: u64, status: &str, document: &Value) -> Value {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(document.to_string().as_bytes()).unwrap();
        let inner = BASE64_STANDARD.encode(encoder.finish().unwrap());
        json!({
            "metadata": {
                "name": format!("sh.helm.release.v1.w.v{version}"),
                "labels": {"version": version.to_string(), "status": status},
            },
            "data": {"release": BASE64_STANDARD.encode(inner)},
        })
    }

    #[test]
    fn the_deployed_revision_is_read() {
        let manifest = "---\n# Source: a\nkind: ServiceAccount\nmetadata: {name: a}\n---\n# nothing\n---\nkind: Deployment\nspec: {template: {spec: {containers: [{env: [{name: PREFECT_KUBERNETES_CLUSTER_UID, value: u}]}]}}}\n";
        let document = json!({
            "name": "w", "namespace": "flows", "manifest": manifest,
            "config": {"worker": {"config": {"workPool": "p"}}},
            "chart": {"metadata": {"name": "prefect-worker", "version": "2026.1.1"}, "values": {}},
        });
        let old = secret(2, "superseded", &json!({"name": "old"}));
        let records = [
            old,
            secret(10, "failed", &json!({})),
            secret(9, "deployed", &document),
        ];
        let found = choose(&records).unwrap();
        assert_eq!((found.revision, found.objects.len()), (9, 2));
        assert_eq!(found.values["worker"]["config"]["workPool"], "p");
        assert_eq!(found.cluster_uid().as_deref(), Some("u"));
        assert_eq!(
            found.records,
            [
                "sh.helm.release.v1.w.v10",
                "sh.helm.release.v1.w.v9",
                "sh.helm.release.v1.w.v2"
            ]
        );
        assert_eq!(format!("{found:?}"), "release w of Helm, revision 9");
    }

    #[test]
    fn what_cannot_be_taken_over_is_said() {
        let pending = [
            secret(1, "deployed", &json!({})),
            secret(2, "pending-upgrade", &json!({})),
        ];
        let failed = [secret(1, "failed", &json!({}))];
        let mut broken = [secret(1, "deployed", &json!({}))];
        broken[0]["data"]["release"] = "AAAA".into();
        for (records, words) in [
            (&pending[..], "its revision 2 is pending-upgrade"),
            (&failed[..], "none of its revisions is deployed"),
            (&broken[..], "sh.helm.release.v1.w.v1 cannot be read"),
        ] {
            let why = choose(records).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }
}

//! Tries a Job without making it: what the API server has against it.

use std::sync::LazyLock;

use http::Request as HttpRequest;
use kube::{api::PostParams, client::Body, core::Request, core::Status};
use regex::Regex;
use serde_json::Value;

use super::{
    cluster::{self, Cluster, FIELD_MANAGER},
    failure::Failure,
    jobs::{name_of, path},
    refusal::Refusal,
    view::JobView,
};

/// Something that the API server has against an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The field, where it names one: `spec.template.spec.containers[0].image`.
    pub field: Option<String>,
    /// Its words.
    pub message: String,
    /// Whether it does not know the field; then it would drop it.
    pub is_unknown_field: bool,
}

/// What to do with fields that the API server does not know (`fieldValidation`).
#[derive(Debug, Clone, Copy)]
enum Unknown {
    Name,
    Drop,
}

// The wording is that of apimachinery (pkg/runtime/serializer/json, strict decoding).
#[expect(
    clippy::expect_used,
    reason = "a constant that the test of this module compiles"
)]
static UNKNOWN_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(unknown|duplicate) field "([^"]+)""#).expect("a valid expression")
});

impl Cluster {
    /// Sends a Job as a dry run. Nothing is stored; admission is asked too.
    ///
    /// # Errors
    /// When the API server does not answer, or we may not create Jobs.
    pub async fn try_job(
        &self,
        namespace: &str,
        manifest: &Value,
    ) -> Result<Vec<Objection>, Failure> {
        let mut found = self.try_once(namespace, manifest, Unknown::Name).await?;
        // Unknown fields are told alone, before anything else is looked at.
        if found.iter().any(|objection| objection.is_unknown_field) {
            found.retain(|objection| objection.is_unknown_field);
            found.extend(self.try_once(namespace, manifest, Unknown::Drop).await?);
        }
        Ok(found)
    }

    async fn try_once(
        &self,
        namespace: &str,
        manifest: &Value,
        unknown: Unknown,
    ) -> Result<Vec<Objection>, Failure> {
        let name = name_of(manifest, "Job");
        let doing = format!("try to create {name} in namespace {namespace}");
        let failure = |error: kube::Error| self.failure(&doing, &error);
        let request = request(namespace, manifest, unknown)
            .map_err(|error| failure(kube::Error::BuildRequest(error)))?;
        let response = self.client().send(request.map(Body::from)).await;
        let response = response.map_err(failure)?;
        let code = response.status();
        if code.is_success() {
            return Ok(Vec::new());
        }
        let body = response
            .into_body()
            .collect_bytes()
            .await
            .map_err(failure)?;
        let status = cluster::status(&body, code.as_u16());
        match objections(&status) {
            Some(objections) => Ok(objections),
            None => Err(failure(kube::Error::Api(status))),
        }
    }
}

fn request(
    namespace: &str,
    manifest: &Value,
    unknown: Unknown,
) -> Result<HttpRequest<Vec<u8>>, kube::core::request::Error> {
    let parameters = PostParams {
        dry_run: true,
        field_manager: Some(FIELD_MANAGER.to_owned()),
    };
    let body = manifest.to_string().into_bytes();
    let mut request = Request::new(path::<JobView>(namespace)).create(&parameters, body)?;
    let validation = match unknown {
        Unknown::Name => "Strict",
        Unknown::Drop => "Ignore",
    };
    // kube has no parameter for it.
    let uri = format!("{}&fieldValidation={validation}", request.uri());
    *request.uri_mut() = uri.parse().map_err(|error: http::uri::InvalidUri| {
        kube::core::request::Error::BuildRequest(error.into())
    })?;
    Ok(request)
}

/// What an answer says against the object; none: it is about something else.
fn objections(status: &Status) -> Option<Vec<Objection>> {
    let plain = |message: &str| Objection {
        field: None,
        message: message.to_owned(),
        is_unknown_field: false,
    };
    match status.code {
        400 if status.message.contains("strict decoding error") => {
            let fields = UNKNOWN_FIELD.captures_iter(&status.message);
            let fields: Vec<Objection> = fields
                .map(|found| Objection {
                    field: Some(found[2].to_owned()),
                    message: format!("{} field", &found[1]),
                    is_unknown_field: true,
                })
                .collect();
            Some(if fields.is_empty() {
                vec![plain(&status.message)]
            } else {
                fields
            })
        }
        // A webhook that would do something outside of the cluster refuses to be tried.
        400 if status.message.contains("does not support dry run") => None,
        400 | 422 => {
            let causes = status.details.iter().flat_map(|details| &details.causes);
            let causes: Vec<Objection> = causes
                .map(|cause| Objection {
                    field: Some(cause.field.clone()).filter(|field| !field.is_empty()),
                    message: cause.message.clone(),
                    is_unknown_field: false,
                })
                .collect();
            Some(if causes.is_empty() {
                vec![plain(&status.message)]
            } else {
                causes
            })
        }
        // Admission: a policy, a quota, a namespace that is being deleted.
        403 if Refusal::parse(&status.message).is_none() => Some(vec![plain(&status.message)]),
        404 => Some(vec![plain(&status.message)]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: u16, message: &str) -> Option<Vec<(Option<String>, bool)>> {
        let mut status = Status::failure(message, "");
        status.code = code;
        let found = objections(&status)?;
        Some(
            found
                .into_iter()
                .map(|objection| (objection.field, objection.is_unknown_field))
                .collect(),
        )
    }

    #[test]
    fn answers_are_told_apart() {
        let strict = r#"Job in version "v1" cannot be handled as a Job: strict decoding error: unknown field "spec.template.spec.completions", unknown field "spec.a""#;
        let unknown = |field: &str| (Some(field.to_owned()), true);
        assert_eq!(
            told(400, strict),
            Some(vec![
                unknown("spec.template.spec.completions"),
                unknown("spec.a")
            ])
        );
        assert_eq!(
            told(400, "json: cannot unmarshal"),
            Some(vec![(None, false)])
        );
        assert_eq!(told(403, "exceeded quota"), Some(vec![(None, false)]));
        let rights = r#"jobs.batch is forbidden: User "nobody" cannot create resource "jobs" in API group "batch" in the namespace "a""#;
        assert_eq!(told(403, rights), None);
        let webhook = "admission webhook \"w\" does not support dry run";
        assert_eq!(told(400, webhook), None);
        assert_eq!(told(503, "busy"), None);
    }

    #[test]
    fn nothing_is_made() {
        let manifest = serde_json::json!({});
        let request = request("a", &manifest, Unknown::Name).unwrap();
        let uri = request.uri().to_string();
        assert!(
            uri.starts_with("/apis/batch/v1/namespaces/a/jobs?"),
            "{uri}"
        );
        assert!(uri.contains("dryRun=All"), "{uri}");
        assert!(uri.ends_with("&fieldValidation=Strict"), "{uri}");
    }
}

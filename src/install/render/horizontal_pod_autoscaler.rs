//! The HorizontalPodAutoscaler: scaling by use.

use serde_json::{Value, json};

use super::{Release, metadata::usual_metadata};
use crate::error::Result;

/// Renders it when it is switched on.
pub fn render(release: &Release<'_>) -> Result<Option<Value>> {
    let values = &release.worker().autoscaling;
    if !values.enabled {
        return Ok(None);
    }
    let (least, most) = (values.min_replicas.unwrap_or(1), values.max_replicas);
    if least > most {
        let why = format!("minReplicas is {least}, more than maxReplicas, {most}");
        return Err(release.error("worker.autoscaling.minReplicas", &why));
    }
    let metric = |name: &str, percentage: Option<i64>| {
        let percentage = percentage.filter(|percentage| *percentage != 0)?;
        Some(json!({
            "type": "Resource",
            "resource": {
                "name": name,
                "target": {"type": "Utilization", "averageUtilization": percentage},
            },
        }))
    };
    let metrics: Vec<Value> = [
        metric("cpu", values.target_cpu_utilization_percentage),
        metric("memory", values.target_memory_utilization_percentage),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut spec = json!({
        "scaleTargetRef": {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": release.definitions.fullname,
        },
        "maxReplicas": most,
    });
    if let Some(least) = values.min_replicas {
        spec["minReplicas"] = least.into();
    }
    // Without any, Kubernetes aims at 80 percent of the CPU.
    if !metrics.is_empty() {
        spec["metrics"] = metrics.into();
    }
    Ok(Some(json!({
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": usual_metadata(release)?,
        "spec": spec,
    })))
}

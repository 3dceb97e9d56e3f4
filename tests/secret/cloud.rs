//! A Prefect Cloud that answers as its API does (docs.prefect.io, "Troubleshooting", "Cloud"; the
//! classes of prefect/client/schemas/objects.py): for who has an account with it, only it is real.

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, header, method, path},
};

pub const ACCOUNT: &str = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
pub const WORKSPACE: &str = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb";
pub const OTHER: &str = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
/// The key of a person.
pub const USER: &str = "pnu_1234567890abcdefghijklmnopqrstuvwxyz";
/// The key of a service account.
pub const BOT: &str = "pnb_1234567890abcdefghijklmnopqrstuvwxyz";
/// The key of a person whose role may not look at work pools.
pub const VIEWER: &str = "pnu_viewer7890abcdefghijklmnopqrstuvwxyz";

/// A running Cloud.
pub struct Cloud {
    server: MockServer,
}

impl Cloud {
    /// Starts it.
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        for key in [USER, BOT, VIEWER] {
            answer(&server, key, "/api/me/workspaces", 200, workspaces()).await;
            let account = json!([{"account_id": ACCOUNT, "account_name": "Acme Inc", "account_handle": "acme"}]);
            answer(&server, key, "/api/me/accounts", 200, account).await;
            let who = json!({"id": OTHER, "handle": "ada", "email": "ada@acme.test",
                "first_name": "Ada", "last_name": "Lovelace"});
            let refusal =
                json!({"detail": "Only users (not service accounts) can access this endpoint."});
            let (code, body) = if key == BOT {
                (403, refusal)
            } else {
                (200, who)
            };
            answer(&server, key, "/api/me/", code, body).await;
            let pools = format!("/api/accounts/{ACCOUNT}/workspaces/{WORKSPACE}/work_pools/filter");
            let refusal = json!({"detail": "Forbidden"});
            let (code, body) = if key == VIEWER {
                (403, refusal)
            } else {
                (200, json!([]))
            };
            answer(&server, key, &pools, code, body).await;
        }
        let no = json!({"detail": "Invalid authentication credentials"});
        Mock::given(any())
            .respond_with(ResponseTemplate::new(401).set_body_json(no))
            .with_priority(9)
            .mount(&server)
            .await;
        Self { server }
    }

    /// The URL of its API.
    pub fn root(&self) -> String {
        format!("{}/api", self.server.uri())
    }

    /// The URL of a workspace's API.
    pub fn workspace(&self, workspace: &str) -> String {
        format!("{}/accounts/{ACCOUNT}/workspaces/{workspace}", self.root())
    }
}

async fn answer(server: &MockServer, key: &str, route: &str, code: u16, body: Value) {
    Mock::given(path(route))
        .and(header("authorization", format!("Bearer {key}").as_str()))
        .and(method(if route.ends_with("filter") {
            "POST"
        } else {
            "GET"
        }))
        .respond_with(ResponseTemplate::new(code).set_body_json(body))
        .with_priority(1)
        .mount(server)
        .await;
}

fn workspaces() -> Value {
    let workspace = |id: &str, handle: &str| {
        json!({
            "account_id": ACCOUNT, "account_name": "Acme Inc", "account_handle": "acme",
            "workspace_id": id, "workspace_name": handle, "workspace_description": "",
            "workspace_handle": handle,
        })
    };
    json!([workspace(WORKSPACE, "prod")])
}

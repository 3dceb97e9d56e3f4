//! Whether a Prefect server and a client of it fit together, by their versions. Decides; asks nobody.

/// How a server fits a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compatibility {
    /// The server is no older, or a version tells nothing (`0+unknown`).
    Fits,
    /// The server is of an older minor version: it may not know what the client asks of it.
    ServerOlder,
    /// Their major versions differ, and so do their APIs.
    OtherMajor,
}

impl Compatibility {
    /// Compares the versions of a server and of its client, which may leave out what it does not
    /// say: `3.8.8`, `3.8`, `3`. Patch releases fit each other.
    #[must_use]
    pub fn of(server: &str, client: &str) -> Self {
        let (Some(server), Some(client)) = (numbers(server), numbers(client)) else {
            return Self::Fits;
        };
        match (server, client) {
            ((server, _), (client, _)) if server != client => Self::OtherMajor,
            ((_, Some(server)), (_, Some(client))) if server < client => Self::ServerOlder,
            _ => Self::Fits,
        }
    }
}

/// The major and minor number of a version.
fn numbers(version: &str) -> Option<(u32, Option<u32>)> {
    let mut parts = version.split('.');
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|minor| minor.parse().ok())))
}

#[cfg(test)]
mod tests {
    use super::{Compatibility::*, *};

    #[test]
    fn a_server_is_no_older_than_its_clients() {
        for (server, client, expected) in [
            ("3.8.8", "3.8.8", Fits),
            ("3.8.8", "3.8.20", Fits),
            ("3.9.0", "3.8.8", Fits),
            ("3.10.0", "3.8.8", Fits),
            ("3.7.1", "3.8.8", ServerOlder),
            ("3.7.0rc1", "3.8.8", ServerOlder),
            ("2.20.1", "3.8.8", OtherMajor),
            ("4.0.0", "3.8.8", OtherMajor),
            ("3.8.8", "3", Fits),
            ("3", "3.8.8", Fits),
            ("3.8.8", "2", OtherMajor),
            ("0+unknown", "3.8.8", Fits),
            ("", "3.8.8", Fits),
        ] {
            let found = Compatibility::of(server, client);
            assert_eq!(found, expected, "{server} {client}");
        }
    }
}

//! Documents as a revision holds them: JSON, compressed with gzip, in base64.
//!
//! `kubectl get secret NAME -o jsonpath='{.data.values}' | base64 -d | gunzip` reads one by hand.

use std::io::{Read, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;

/// What a document may weigh unpacked. A Secret holds 1 MiB, which no honest document of ours
/// outgrows a hundred times.
const LARGEST: u64 = 100 << 20;

/// Packs a document.
///
/// # Errors
/// Those of the compressor.
pub fn pack(document: &Value) -> std::io::Result<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(document.to_string().as_bytes())?;
    Ok(BASE64_STANDARD.encode(encoder.finish()?))
}

/// Unpacks a document; `None` for what was not packed by [`pack`].
#[must_use]
pub fn unpack(text: &str) -> Option<Value> {
    let packed = BASE64_STANDARD.decode(text).ok()?;
    let mut bytes = Vec::new();
    let decoder = GzDecoder::new(packed.as_slice());
    decoder.take(LARGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_comes_back_and_is_small() {
        let document = json!({"template": "x".repeat(100_000), "n": [1, 0.5, null, "é"]});
        let packed = pack(&document).unwrap();
        assert!(packed.len() < 2000, "{}", packed.len());
        assert_eq!(unpack(&packed), Some(document));
    }

    #[test]
    fn what_is_broken_is_none() {
        let packed = pack(&json!({"a": 1})).unwrap();
        for text in ["", "!", "aGVsbG8=", &packed[..packed.len() - 12]] {
            assert_eq!(unpack(text), None, "{text}");
        }
    }
}

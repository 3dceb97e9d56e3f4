//! Packs the ASCII table of the crate `unidecode` into two files without a pointer.
//!
//! The crate's own table is an array of 65535 string slices: as every one of them is relocated when
//! the process starts, it costs 2.5 MB of memory, a fifth of what the worker may use. The packed
//! table costs the pages that are read.

use std::{collections::HashMap, error::Error, fs, path::Path};

#[allow(
    clippy::disallowed_methods,
    reason = "a build script is told by the environment where to write"
)]
#[allow(clippy::print_stdout, reason = "this is how a build script speaks")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let (index, texts) = packed()?;
    fs::write(Path::new(&folder).join("ascii_index.bin"), index)?;
    fs::write(Path::new(&folder).join("ascii_texts.txt"), texts)?;
    Ok(())
}

/// Three bytes for each character of the basic plane, where its text begins (little endian) and
/// how long it is; and all texts, each once.
fn packed() -> Result<(Vec<u8>, String), Box<dyn Error>> {
    let (mut index, mut texts) = (Vec::new(), String::new());
    let mut starts: HashMap<&str, usize> = HashMap::new();
    for code in 0..0x1_0000 {
        let text = char::from_u32(code).map_or("", unidecode::unidecode_char);
        let start = *starts.entry(text).or_insert_with(|| {
            texts.push_str(text);
            texts.len() - text.len()
        });
        index.extend(u16::try_from(start)?.to_le_bytes());
        index.push(u8::try_from(text.len())?);
    }
    Ok((index, texts))
}

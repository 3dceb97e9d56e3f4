"""Packs a built binary as krew wants it, and writes the krew manifest for the archives of a folder.

    python3 krew/dist.py pack BINARY TARGET FOLDER    archive, checksum and list of parts
    python3 krew/dist.py manifest FOLDER [BASE_URL]   prefect.yaml

`make dist` runs both. TARGET is Rust's name of the platform, such as x86_64-unknown-linux-musl. The
same binary, sources and SOURCE_DATE_EPOCH give the same archive, on any machine.
"""

import gzip
import hashlib
import io
import os
import pathlib
import re
import sys
import tarfile

import supply

ROOT = pathlib.Path(__file__).resolve().parent.parent
SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "windows"}
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
# The call by which a template of krew-release-bot asks for an archive's address and sum.
ARCHIVE = re.compile(r'\{\{addURIAndSha "([^"]+)" \.TagName \}\}')


def tag() -> str:
    """The version of Cargo.toml as a tag: v1.2.3."""
    text = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    return "v" + re.search(r'^version = "([^"]+)"$', text, re.MULTILINE).group(1)


def platform(target: str) -> tuple[str, str]:
    """A target's operating system and machine by the names that Go and krew have for them."""
    machine, *rest = target.split("-")
    system = next((SYSTEMS[word] for word in rest if word in SYSTEMS), None)
    if machine not in MACHINES or not system:
        sys.exit(f"no platform of krew is known for {target}")
    return system, MACHINES[machine]


def digest(file: pathlib.Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def pack(binary: str, target: str, folder: str, level: str = "9") -> None:
    system, machine = platform(target)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    parts, licences = supply.of(target)
    program = "kubectl-prefect.exe" if system == "windows" else "kubectl-prefect"
    texts = {name: (ROOT / name).read_bytes() for name in ("CHANGELOG.md", "LICENSE", "README.md")}
    files = {
        **texts,
        "THIRD-PARTY.txt": licences.encode(),
        "sbom.cdx.json": parts.encode(),
        program: pathlib.Path(binary).read_bytes(),
    }
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            # No owner, no links, no folders: krew takes regular files alone.
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), epoch
            entry.mode = 0o755 if name == program else 0o644
            archive.addfile(entry, io.BytesIO(content))
    name = f"kubectl-prefect_{tag()}_{system}_{machine}"
    file = folder / f"{name}.tar.gz"
    file.write_bytes(gzip.compress(packed.getvalue(), compresslevel=int(level), mtime=0))
    (folder / f"{name}.tar.gz.sha256").write_bytes(f"{digest(file)}  {file.name}\n".encode())
    (folder / f"{name}.cdx.json").write_bytes(parts.encode())
    print(file)


def manifest(folder: str, base: str = "") -> None:
    """The template with the archives that are there; platforms without an archive are left out."""
    folder, version = pathlib.Path(folder), tag()
    template = (ROOT / ".krew.yaml").read_text(encoding="utf-8")
    head, *platforms = re.split(r"^(?=  - selector:)", template, flags=re.MULTILINE)
    lines = [line for line in head.splitlines(keepends=True) if not line.startswith("#")]
    written = 0
    for item in platforms:
        address = ARCHIVE.search(item).group(1).replace("{{ .TagName }}", version)
        file = folder / address.rsplit("/", 1)[1]
        if not file.is_file():
            continue
        address = f"{base.rstrip('/')}/{file.name}" if base else address
        lines.append(ARCHIVE.sub(f'uri: {address}\n    sha256: "{digest(file)}"', item))
        written += 1
    if not written:
        sys.exit(f"no archive of {version} in {folder}")
    file = folder / "prefect.yaml"
    file.write_bytes("".join(lines).replace("{{ .TagName }}", version).encode())
    print(file)


COMMANDS = {"pack": (pack, 3, 4), "manifest": (manifest, 1, 2)}


def main(words: list[str]) -> None:
    command, least, most = COMMANDS.get(words[0] if words else "", (None, 0, 0))
    if not command or not least <= len(words) - 1 <= most:
        sys.exit(__doc__.strip())
    command(*words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Writes the worker's own image: an OCI layout in a tar archive, from the static release binary.

No Docker daemon is needed. The archive carries docker's manifest.json too, so that `docker load`
and `ctr image import` both take it. There is nothing in the image but the program, its licences, the
accounts of its user, and the folders that it writes to: no shell, no C library. Certificate authorities are
those of Mozilla that are compiled into the program; a bundle that is mounted under /etc/ssl/certs
goes before them. The same input gives the same bytes.
"""

import argparse
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import struct
import sys
import tarfile

import dist
import supply

PROGRAM = "kubectl-prefect"
# Where releases put it; the default of worker.image.repository names the same.
REPOSITORY = "ghcr.io/kubectl-prefect/kubectl-prefect"
USER = 1001
HOME = "/home/prefect"
DESCRIPTION = "A worker for Prefect 3 work pools of type kubernetes"
SOURCE = "https://github.com/kubectl-prefect/kubectl-prefect"

FILES = {
    # As in the image of the Python worker, where kubelets and people look for names.
    "etc/passwd": f"root:x:0:0:root:/root:/sbin/nologin\nprefect:x:{USER}:{USER}:prefect:{HOME}:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nprefect:x:{USER}:\n",
    # Names are looked up in /etc/hosts first, which the kubelet writes.
    "etc/nsswitch.conf": "hosts: files dns\n",
}
# Each folder with its mode and owner.
FOLDERS = {
    "etc": (0o755, 0),
    "home": (0o755, 0),
    "home/prefect": (0o755, USER),
    "tmp": (0o1777, 0),
    "usr": (0o755, 0),
    "usr/local": (0o755, 0),
    "usr/local/bin": (0o755, 0),
}
# What the heads of programs call machines.
ELF_MACHINES = {"amd64": 62, "arm64": 183}
OCI = "application/vnd.oci.image"


def is_static(binary: bytes, arch: str) -> bool:
    """Whether an ELF file of 64 bits is for the machine, and names no program that loads it."""
    if binary[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", binary, 18)[0] != ELF_MACHINES[arch]:
        return False
    start, size, count = (*struct.unpack_from("<Q", binary, 32), *struct.unpack_from("<HH", binary, 54))
    kinds = (struct.unpack_from("<I", binary, start + index * size)[0] for index in range(count))
    interpreter = 3
    return interpreter not in kinds


def layer(binary: bytes, licences: dict[str, bytes] | None = None) -> bytes:
    """The root folder as a tar archive: names in order, one date, no links."""
    entries = {name: (tarfile.DIRTYPE, mode, owner, b"") for name, (mode, owner) in FOLDERS.items()}
    for name, text in FILES.items():
        entries[name] = (tarfile.REGTYPE, 0o644, 0, text.encode())
    for name, text in (licences or {}).items():
        entries["licenses"] = (tarfile.DIRTYPE, 0o755, 0, b"")
        entries[f"licenses/{name}"] = (tarfile.REGTYPE, 0o644, 0, text)
    entries[f"usr/local/bin/{PROGRAM}"] = (tarfile.REGTYPE, 0o755, 0, binary)
    return archive(entries)


def archive(entries: dict[str, tuple[bytes, int, int, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, (kind, mode, owner, content) in sorted(entries.items()):
            info = tarfile.TarInfo(name)
            info.type, info.mode, info.size = kind, mode, len(content)
            info.uid = info.gid = owner
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def compressed(data: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(kind: str, data: bytes) -> dict:
    return {"mediaType": kind, "digest": digest(data), "size": len(data)}


def as_json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def configuration(arch: str, labels: dict[str, str], diff_id: str) -> dict:
    return {
        "architecture": arch,
        "os": "linux",
        "created": labels["org.opencontainers.image.created"],
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"HOME={HOME}"],
            "Entrypoint": [PROGRAM],
            "WorkingDir": HOME,
            "ExposedPorts": {"8080/tcp": {}},
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": labels["org.opencontainers.image.created"], "created_by": "krew/image.py"}],
    }


def build(root: bytes, arch: str, name: str, version: str, revision: str, epoch: int) -> bytes:
    """The image as one archive, of its root folder; `name` is its repository."""
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {
        "org.opencontainers.image.title": PROGRAM,
        "org.opencontainers.image.description": DESCRIPTION,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.source": SOURCE,
    }
    if revision:
        labels["org.opencontainers.image.revision"] = revision
    packed = compressed(root)
    config = as_json(configuration(arch, labels, digest(root)))
    manifest = as_json({
        "schemaVersion": 2,
        "mediaType": f"{OCI}.manifest.v1+json",
        "config": descriptor(f"{OCI}.config.v1+json", config),
        "layers": [descriptor(f"{OCI}.layer.v1.tar+gzip", packed)],
        "annotations": labels,
    })
    tag = f"{name}:{version}"
    top = descriptor(f"{OCI}.manifest.v1+json", manifest) | {
        "platform": {"architecture": arch, "os": "linux"},
        # By the first `ctr image import` names it, by the second tools for OCI layouts do.
        "annotations": {"io.containerd.image.name": tag, "org.opencontainers.image.ref.name": version},
    }
    path = lambda data: "blobs/sha256/" + digest(data).removeprefix("sha256:")
    files = {
        "oci-layout": as_json({"imageLayoutVersion": "1.0.0"}),
        "index.json": as_json({"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [top]}),
        "manifest.json": as_json([{"Config": path(config), "RepoTags": [tag], "Layers": [path(packed)]}]),
        **{path(data): data for data in (config, manifest, packed)},
    }
    entries = {name: (tarfile.REGTYPE, 0o644, 0, content) for name, content in files.items()}
    for folder in ("blobs", "blobs/sha256"):
        entries[folder] = (tarfile.DIRTYPE, 0o755, 0, b"")
    return archive(entries)


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the worker's image as an OCI archive.")
    parser.add_argument("binary", type=pathlib.Path, help="static binary for Linux")
    parser.add_argument("target", help="Rust's name of its platform, such as x86_64-unknown-linux-musl")
    parser.add_argument("file", type=pathlib.Path, help="archive to write")
    parser.add_argument("--name", default=REPOSITORY, help="repository of the image")
    parser.add_argument("--revision", default="", help="commit that it is built from")
    args = parser.parse_args()
    system, arch = dist.platform(args.target)
    binary = args.binary.read_bytes()
    if system != "linux" or not is_static(binary, arch):
        sys.exit(f"{args.binary} is not a static binary of Linux for {arch}: the image has no library for it")
    version = dist.tag().removeprefix("v")
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    _, parts = supply.of(args.target)
    licences = {"LICENSE": (dist.ROOT / "LICENSE").read_bytes(), "THIRD-PARTY.txt": parts.encode()}
    image = build(layer(binary, licences), arch, args.name, version, args.revision, epoch)
    args.file.parent.mkdir(parents=True, exist_ok=True)
    args.file.write_bytes(image)
    index = tarfile.open(fileobj=io.BytesIO(image)).extractfile("index.json")
    manifest = json.load(index)["manifests"][0]["digest"]
    print(f"{args.file}: {args.name}:{version}, {len(image) / 1e6:.1f} MB, {manifest}")


if __name__ == "__main__":
    main()

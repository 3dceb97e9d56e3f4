"""The worker's image: that it is what container runtimes take, and that the program runs in it.

    image_test.py BINARY

The binary may need libraries of this machine, as a debug build does: they are laid into the root
folder for the test. Running it there takes root; who is not root is told that it was left out.
The worker is run where KUBECTL_PREFECT_TEST_CLUSTER names the test cluster.
"""

import base64
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import urllib.parse

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent.parent / "krew"
NAME = "registry.test:5000/team/kubectl-prefect"

sys.dont_write_bytecode = True
sys.path.insert(0, str(SCRIPTS))
import image  # noqa: E402
import layout  # noqa: E402

BINARY = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else None


def members(archive: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: member for member in tar}


def content(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        file = tar.extractfile(name)
        assert file
        return file.read()


class Structure(unittest.TestCase):
    """Of an image whose program is a few bytes."""

    program = b"\x7fELF" + bytes(1000)

    def setUp(self) -> None:
        root = image.layer(self.program, {"LICENSE": b"Apache"})
        self.archive = image.build(root, "arm64", NAME, "1.2.3", "0123abc", 1_700_000_000)

    def blob(self, descriptor: dict) -> bytes:
        """What a descriptor names, if its size and digest are right."""
        kind, name = descriptor["digest"].split(":")
        data = content(self.archive, f"blobs/{kind}/{name}")
        self.assertEqual(len(data), descriptor["size"])
        self.assertEqual(hashlib.new(kind, data).hexdigest(), name)
        return data

    def manifest(self) -> dict:
        self.assertEqual(json.loads(content(self.archive, "oci-layout")), {"imageLayoutVersion": "1.0.0"})
        index = json.loads(content(self.archive, "index.json"))
        self.assertEqual(index["schemaVersion"], 2)
        [top] = index["manifests"]
        self.assertEqual(top["platform"], {"architecture": "arm64", "os": "linux"})
        self.assertEqual(top["annotations"]["io.containerd.image.name"], f"{NAME}:1.2.3")
        self.assertEqual(top["annotations"]["org.opencontainers.image.ref.name"], "1.2.3")
        return json.loads(self.blob(top))

    def root(self) -> bytes:
        [packed] = self.manifest()["layers"]
        self.assertEqual(packed["mediaType"], "application/vnd.oci.image.layer.v1.tar+gzip")
        return image.gzip.decompress(self.blob(packed))

    def test_an_oci_layout_leads_to_the_program(self) -> None:
        self.assertEqual(content(self.root(), "usr/local/bin/kubectl-prefect"), self.program)

    def test_the_configuration_starts_the_program_as_its_user(self) -> None:
        manifest = self.manifest()
        config = json.loads(self.blob(manifest["config"]))
        self.assertEqual((config["architecture"], config["os"]), ("arm64", "linux"))
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(self.root()).hexdigest()])
        self.assertEqual(config["created"], "2023-11-14T22:13:20Z")
        run = config["config"]
        # A number: only so can a kubelet see that it is not root.
        self.assertEqual(run["User"], "1001:1001")
        self.assertEqual(run["Entrypoint"], ["kubectl-prefect"])
        self.assertEqual(run["WorkingDir"], "/home/prefect")
        self.assertNotIn("Cmd", run)
        label = lambda name: run["Labels"][f"org.opencontainers.image.{name}"]
        self.assertEqual((label("version"), label("revision"), label("licenses")), ("1.2.3", "0123abc", "Apache-2.0"))
        self.assertEqual(manifest["annotations"], run["Labels"])
        for name in ("title", "description", "source", "created"):
            self.assertTrue(label(name))

    def test_docker_finds_the_same(self) -> None:
        [found] = json.loads(content(self.archive, "manifest.json"))
        manifest = self.manifest()
        path = lambda descriptor: "blobs/" + descriptor["digest"].replace(":", "/")
        self.assertEqual(found["RepoTags"], [f"{NAME}:1.2.3"])
        self.assertEqual(found["Config"], path(manifest["config"]))
        self.assertEqual(found["Layers"], [path(layer) for layer in manifest["layers"]])

    def test_nothing_leads_out_and_there_is_no_more_than_is_needed(self) -> None:
        for archive in (self.archive, self.root()):
            for name, member in members(archive).items():
                self.assertTrue(member.isreg() or member.isdir(), name)
                self.assertFalse(name.startswith("/") or ".." in name.split("/"), name)
                self.assertEqual(member.mtime, 0, name)
        root = members(self.root())
        files = {name for name, member in root.items() if member.isreg()}
        self.assertEqual(
            files,
            {"etc/passwd", "etc/group", "etc/nsswitch.conf", "licenses/LICENSE", "usr/local/bin/kubectl-prefect"},
        )
        for name, member in root.items():
            parent = name.rpartition("/")[0]
            self.assertTrue(not parent or root[parent].isdir(), f"{name} is in a folder that is not there")
            owner = 1001 if name == "home/prefect" else 0
            self.assertEqual((member.uid, member.gid), (owner, owner), name)
            writable = member.mode & 0o022
            self.assertEqual(bool(writable), name == "tmp", name)
            self.assertFalse(member.mode & 0o6000, name)
        accounts = [line.split(":") for line in content(self.root(), "etc/passwd").decode().splitlines()]
        self.assertEqual(accounts[1][:4] + accounts[1][5:6], ["prefect", "x", "1001", "1001", "/home/prefect"])
        groups = content(self.root(), "etc/group").decode().splitlines()
        self.assertIn("prefect:x:1001:", groups)

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        def again(program: bytes) -> bytes:
            root = image.layer(program, {"LICENSE": b"Apache"})
            return image.build(root, "arm64", NAME, "1.2.3", "0123abc", 1_700_000_000)

        self.assertEqual(self.archive, again(self.program))
        self.assertNotEqual(self.archive, again(self.program + b"x"))


class Joined(unittest.TestCase):
    """The images of two machines under one name."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def archive(self, arch: str, version: str = "1.2.3") -> pathlib.Path:
        root = image.layer(b"\x7fELF" + arch.encode())
        file = self.folder / f"{arch}-{version}.tar"
        file.write_bytes(image.build(root, arch, NAME, version, "0123abc", 1_700_000_000))
        return file

    def run_script(self, *archives: pathlib.Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, SCRIPTS / "layout.py", self.folder / "layout", *archives]
        return subprocess.run(command, capture_output=True, text=True)

    def test_an_index_leads_each_machine_to_its_program(self) -> None:
        done = self.run_script(self.archive("arm64"), self.archive("amd64"))
        self.assertEqual(done.returncode, 0, done)
        there = self.folder / "layout"
        self.assertEqual(json.loads((there / "oci-layout").read_bytes()), {"imageLayoutVersion": "1.0.0"})
        packed = (there / "index.json").read_bytes()
        self.assertIn(f"{NAME}:1.2.3, {image.digest(packed)}", done.stdout)
        index = json.loads(packed)
        self.assertEqual(index["mediaType"], "application/vnd.oci.image.index.v1+json")
        blob = lambda it: (there / "blobs" / it["digest"].replace(":", "/")).read_bytes()
        found = {}
        for top in index["manifests"]:
            self.assertEqual(set(top), {"mediaType", "digest", "size", "platform"})
            manifest = json.loads(blob(top))
            arch = json.loads(blob(manifest["config"]))["architecture"]
            self.assertEqual(top["platform"], {"architecture": arch, "os": "linux"})
            root = image.gzip.decompress(blob(manifest["layers"][0]))
            found[arch] = content(root, "usr/local/bin/kubectl-prefect")
        self.assertEqual(found, {"amd64": b"\x7fELFamd64", "arm64": b"\x7fELFarm64"})

    def test_what_does_not_belong_together_is_refused(self) -> None:
        amd64 = self.archive("amd64")
        broken = self.archive("arm64", "0.0.0")
        broken.write_bytes(broken.read_bytes().replace(b'"architecture":"arm64"', b'"architecture":"arm65"'))
        for archives, words in (
            ((amd64, self.archive("arm64", "1.2.4")), "not of one release"),
            ((amd64, amd64), "a machine has two images"),
            ((broken,), "is not what its name says"),
            ((), "python3 krew/layout.py"),
        ):
            done = self.run_script(*archives)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn(words, done.stderr)
            self.assertFalse((self.folder / "layout").exists())


class Command(unittest.TestCase):
    def test_a_binary_that_needs_libraries_is_refused(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "i.tar")
            command = [sys.executable, SCRIPTS / "image.py", sys.executable, "x86_64-unknown-linux-musl", file]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done)
            self.assertIn("is not a static binary of Linux", done.stderr)
            self.assertFalse(file.exists())

    def test_a_static_one_is_packed_and_told_of(self) -> None:
        # The head of a program of 64 bits that has one part, which is to be loaded.
        head = bytearray(120)
        head[:6] = b"\x7fELF\x02\x01"
        image.struct.pack_into("<H", head, 18, image.ELF_MACHINES["amd64"])
        image.struct.pack_into("<Q", head, 32, 64)
        image.struct.pack_into("<HH", head, 54, 56, 1)
        image.struct.pack_into("<I", head, 64, 1)
        with tempfile.TemporaryDirectory() as folder:
            program, file = pathlib.Path(folder, "p"), pathlib.Path(folder, "new", "i.tar")
            program.write_bytes(head)
            target = "x86_64-unknown-linux-musl"
            command = [sys.executable, SCRIPTS / "image.py", program, target, file, "--name", NAME]
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done)
            version = image.dist.tag().removeprefix("v")
            self.assertIn(f"{NAME}:{version}, ", done.stdout)
            [found] = json.loads(content(file.read_bytes(), "manifest.json"))
            root = image.gzip.decompress(content(file.read_bytes(), found["Layers"][0]))
            self.assertTrue(b"Apache License" in content(root, "licenses/LICENSE"))
            self.assertTrue(b"\nrustls " in content(root, "licenses/THIRD-PARTY.txt"))
            # Another machine cannot start it.
            command[3] = "aarch64-unknown-linux-musl"
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertIn("is not a static binary of Linux for arm64", done.stderr)


@unittest.skipUnless(BINARY, "no binary is named")
@unittest.skipUnless(os.geteuid() == 0, "another root folder takes root")
class Root(unittest.TestCase):
    """A root folder that is made of the image, and nothing else."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.mkdtemp()
        os.chmod(cls.folder, 0o755)
        assert BINARY
        with tarfile.open(fileobj=io.BytesIO(image.layer(BINARY.read_bytes()))) as tar:
            tar.extractall(cls.folder, numeric_owner=True)
        cls.add_libraries()

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    @classmethod
    def add_libraries(cls) -> None:
        assert BINARY
        if any(image.is_static(BINARY.read_bytes(), arch) for arch in image.ELF_MACHINES):
            return
        said = subprocess.run(["ldd", BINARY], check=True, capture_output=True, text=True).stdout
        for word in said.split():
            if word.startswith("/"):
                target = pathlib.Path(cls.folder, word.lstrip("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(word, target)

    def run_inside(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = ["chroot", "--userspec=1001:1001", self.folder, "kubectl-prefect", *words]
        env = {"HOME": "/home/prefect", "PATH": os.environ["PATH"] + ":/usr/local/bin", **variables}
        return subprocess.run(command, env=env, capture_output=True, text=True)


class Running(Root):
    def test_it_says_its_version(self) -> None:
        done = self.run_inside("version")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertTrue(done.stdout.startswith("kubectl-prefect "), done)

    def test_tls_needs_no_certificates_of_a_system(self) -> None:
        # It is the connection that fails, and not the setting up of TLS.
        done = self.run_inside("worker", "list", "--api-url", "https://127.0.0.1:1/api")
        self.assertEqual(done.returncode, 3, done)
        self.assertIn("127.0.0.1:1", done.stderr)
        self.assertNotIn("TLS", done.stderr)


CLUSTER = os.environ.get("KUBECTL_PREFECT_TEST_CLUSTER")


@unittest.skipUnless(CLUSTER, "no test cluster is named")
class OnCluster(Root):
    """As in a pod: an empty root folder, and the account of its namespace."""

    def setUp(self) -> None:
        assert CLUSTER
        self.ready = json.loads(pathlib.Path(CLUSTER).read_text())
        self.namespace = f"image-{os.getpid()}"
        self.kubectl("create", "namespace", self.namespace)
        self.addCleanup(self.kubectl, "delete", "namespace", self.namespace, "--wait=false")
        verbs = "--verb=create,get,list,watch,delete"
        self.kubectl("create", "role", "worker", verbs, "--resource=jobs.batch,pods,pods/log", inside=True)
        # The namespace's account `default` comes some time after it; this one is there at once.
        self.kubectl("create", "serviceaccount", "worker", inside=True)
        account = f"--serviceaccount={self.namespace}:worker"
        self.kubectl("create", "rolebinding", "worker", "--role=worker", account, inside=True)
        self.wait_for_rights()
        mount = pathlib.Path(self.folder, "var/run/secrets/kubernetes.io/serviceaccount")
        mount.mkdir(parents=True)
        authority = "jsonpath={.clusters[0].cluster.certificate-authority-data}"
        encoded = self.kubectl("config", "view", "--raw", "-o", authority)
        (mount / "ca.crt").write_bytes(base64.b64decode(encoded))
        (mount / "token").write_text(self.kubectl("create", "token", "worker", inside=True))
        (mount / "namespace").write_text(self.namespace)

    def kubectl(self, *words: str, inside: bool = False) -> str:
        command = [self.ready.get("kubectl") or "kubectl", "--kubeconfig", self.ready["kubeconfig"], *words]
        if inside:
            command += ["--namespace", self.namespace]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def wait_for_rights(self) -> None:
        """What was granted counts a moment later."""
        user = f"--as=system:serviceaccount:{self.namespace}:worker"
        command = [self.ready.get("kubectl") or "kubectl", "--kubeconfig", self.ready["kubeconfig"]]
        question = ["auth", "can-i", "delete", "jobs.batch", user, "--namespace", self.namespace]
        until = time.monotonic() + 120
        while subprocess.run(command + question, capture_output=True).returncode != 0:
            self.assertLess(time.monotonic(), until, "the role is not in force")
            time.sleep(0.2)

    def test_a_worker_polls_once(self) -> None:
        server = urllib.parse.urlsplit(self.ready["apiServer"])
        words = ["worker", "run", "--pool", self.namespace, "--namespace", self.namespace, "--run-once"]
        done = self.run_inside(
            *words,
            PREFECT_API_URL=self.ready["prefectApiUrl"],
            KUBERNETES_SERVICE_HOST=server.hostname or "",
            KUBERNETES_SERVICE_PORT=str(server.port),
        )
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("Worker 'kubectl-prefect-", done.stderr)
        self.assertIn("Jobs go to namespace " + self.namespace, done.stderr)


if __name__ == "__main__":
    unittest.main()

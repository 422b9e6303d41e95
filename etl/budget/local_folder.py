"""Refuse folders on a network file system, where neither locks nor a shared log are reliable."""

from __future__ import annotations

import re
from pathlib import Path

from etl.errors import ConfigurationError

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = re.compile(
    r"nfs\d?|cifs|smb\d?|smbfs|ncpfs|afs|coda|ceph|glusterfs|lustre|gfs2?|ocfs2|beegfs|gpfs|9p|davfs\d?|vboxsf|"
    r"vmhgfs|prl_fs|fuse\.(?:sshfs|glusterfs|ceph|s3fs|s3ql|rclone|gcsfuse|goofys|mount-s3|davfs2?|curlftpfs|smbnetfs|"
    r"vmhgfs-fuse|juicefs|seaweedfs|moosefs|mfs)"
)
ESCAPED = re.compile(r"\\([0-7]{3})")


def network_file_system(path: Path, mounts: str | None = None) -> str | None:
    """The type of the network file system that a path is on, or None. `mounts` is the kernel's list of mounts.

    Only Linux has that list; elsewhere the result is None.
    """
    if mounts is None:
        try:
            mounts = MOUNTS.read_text("utf-8", "replace")
        except OSError:
            return None
    where = path.resolve()
    kind, best = "", -1
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        try:
            point = Path(ESCAPED.sub(lambda m: chr(int(m[1], 8)), fields.split()[4]))
            found = rest.split()[0]
        except IndexError:
            continue
        # the last mount on a point hides those before it
        if len(point.parts) >= best and where.is_relative_to(point):
            kind, best = found, len(point.parts)
    return kind if NETWORK.fullmatch(kind) else None


def must_be_local(path: Path, what: str, mounts: str | None = None) -> None:
    """Raise ConfigurationError for a path on a network file system. `what` names it by its key in etl.toml."""
    kind = network_file_system(path, mounts)
    if kind is not None:
        raise ConfigurationError(
            f"{path} lies on a network file system ({kind}), where processes cannot rely on locks.",
            remedy=f"Name a folder on a local disk as {what} in etl.toml.",
        )

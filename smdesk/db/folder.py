"""Where a school's folder may lie: on this computer's own disk, never on a network share.

SQLite keeps two windows apart by file locks and shared memory. Over a network neither is dependable: two computers
that write one database file at the same time lose records without noticing. So such a folder is refused.

Not refused: 9p and virtiofs, by which a virtual machine (or Linux under Windows) sees the disk of its own computer,
unless 9p itself runs over a network (``trans=tcp``, ``trans=rdma``).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from smdesk.errors import UnsuitableFolder

_NETWORK_KINDS = """
    cifs smb smb2 smb3 smbfs nfs nfs3 nfs4 davfs davfs2 webdav afpfs afs auristorfs ncpfs ncp coda ceph glusterfs
    lustre beegfs orangefs pvfs2 gpfs gfs gfs2 ocfs2 sshfs ftpfs
    """
_NETWORK_TYPES = frozenset(_NETWORK_KINDS.split())
_NETWORK_PROGRAMS = """
    sshfs davfs davfs2 wdfs rclone gvfsd-fuse kio-fuse smbnetfs curlftpfs s3fs gcsfuse goofys ceph ceph-fuse glusterfs
    mount.glusterfs onedriver google-drive-ocamlfuse juicefs hubicfuse moosefs mfs cifs nfs seaweedfs blobfuse blobfuse2
    """
_NETWORK_FUSE = frozenset(_NETWORK_PROGRAMS.split())
"""Programs that show another computer's files through FUSE; the type is then fuse.<program>."""

_DRIVE_REMOTE = 4
"""What GetDriveTypeW answers for a mapped drive."""

_ADDRESS = re.compile(r"(smb|cifs|nfs|sftp|ssh|ftp|ftps|dav|davs|webdav|https?|afp):/", re.IGNORECASE)
_OCTAL = re.compile(r"\\([0-7]{3})")
_MAC_LINE = re.compile(r"(?P<source>.*) on (?P<point>/.*) \((?P<kind>[^,()]+)(?P<options>[^()]*)\)")
_WHAT_TO_DO = (
    " Two computers writing one set of records over a network can lose some of them without a word."
    " Choose a folder on this computer's own disk, and keep backups on the share instead."
)


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system: where, of what type, from where, and its options."""

    point: str
    kind: str
    source: str = ""
    options: str = ""


def check_suitable(
    folder: PurePath | str,
    *,
    mounts: Iterable[Mount] | None = None,
    drive_type: Callable[[str], int] | None = None,
) -> None:
    """Raise UnsuitableFolder, saying why, when ``folder`` is on a network share. It need not exist yet.

    ``mounts`` (in the order they were mounted) and ``drive_type`` (drive root such as ``Z:\\`` to GetDriveTypeW's
    number) replace what the operating system says; without them it is asked. Links are followed, so that a link on
    the desktop does not hide a share.
    """
    typed = os.fspath(folder)
    resolved = os.path.realpath(typed)
    drive_type = drive_type or _ask_drive
    for text in (typed, resolved):
        _check_written_form(text)
        if drive_type is not None:
            _check_drive(text, drive_type)
    if mounts is None:
        mounts = mounted()
    mount = holding(resolved, mounts)
    if mount is not None and is_network(mount):
        where = f" ({mount.source})" if mount.source not in ("", "none") else ""
        raise UnsuitableFolder(
            f"The folder {typed} is on a network share: {mount.point} is mounted from the network by"
            f" {mount.kind}{where}.{_WHAT_TO_DO}"
        )


def is_network(mount: Mount) -> bool:
    """Whether a mounted file system belongs to another computer."""
    kind = mount.kind.lower()
    if kind == "9p":
        return "trans=tcp" in mount.options or "trans=rdma" in mount.options
    if kind.startswith(("fuse.", "fuseblk.", "macfuse.")):
        return kind.split(".", 1)[1] in _NETWORK_FUSE
    if kind in {"fuse", "macfuse", "osxfuse"}:
        # No subtype: sshfs and its like still name "host:path" as their source.
        return "@" in mount.source or re.match(r"[\w.\-]+:", mount.source) is not None
    return kind in _NETWORK_TYPES


def holding(path: str, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that ``path`` (absolute, links followed) lies in: the deepest one, and of those the latest."""
    parts = PurePosixPath(path).parts
    best: Mount | None = None
    depth = 0
    for mount in mounts:
        point = PurePosixPath(mount.point).parts
        if len(point) >= depth and parts[: len(point)] == point:
            best, depth = mount, len(point)
    return best


def parse_mountinfo(text: str) -> list[Mount]:
    """The mounts of ``/proc/self/mountinfo``. A line not in its form is passed over."""
    mounts = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        front, back = before.split(" "), after.split(" ")
        if separator and len(front) >= 6 and len(back) >= 2:
            options = ",".join([front[5], *back[2:]])
            mounts.append(Mount(_plain(front[4]), _plain(back[0]), _plain(back[1]), options))
    return mounts


def parse_mac_mounts(text: str) -> list[Mount]:
    """The mounts as macOS's ``mount`` prints them."""
    found = (_MAC_LINE.fullmatch(line) for line in text.splitlines())
    return [Mount(one["point"], one["kind"].strip(), one["source"], one["options"]) for one in found if one]


if sys.platform == "win32":
    import ctypes

    def mounted() -> list[Mount]:
        """Nothing: on Windows drives are asked instead."""
        return []

    def windows_drive_type(root: str) -> int:
        """GetDriveTypeW's number for a drive root such as ``Z:\\``."""
        return int(ctypes.windll.kernel32.GetDriveTypeW(root))

    _ask_drive: Callable[[str], int] | None = windows_drive_type

elif sys.platform == "darwin":
    import subprocess

    def mounted() -> list[Mount]:
        """What is mounted on this computer now."""
        listing = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False, timeout=10)
        return parse_mac_mounts(listing.stdout)

    _ask_drive = None

else:

    def mounted() -> list[Mount]:
        """What is mounted on this computer now. Empty where there is no /proc to say: then only the name counts."""
        try:
            text = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return []
        return parse_mountinfo(text)

    _ask_drive = None


def _check_written_form(text: str) -> None:
    slashes = text.replace("/", "\\")
    lowered = slashes.lower()
    if lowered.startswith(("\\\\?\\unc\\", "\\\\.\\unc\\")):
        share = slashes[8:]
    elif slashes.startswith("\\\\") and not lowered.startswith(("\\\\?\\", "\\\\.\\")):
        share = slashes[2:]
    elif _ADDRESS.match(text):
        share = text
    else:
        return
    computer = share.split("\\")[0] if "\\" in share else share
    raise UnsuitableFolder(f"The folder {text} is on a network share ({computer}).{_WHAT_TO_DO}")


def _check_drive(text: str, drive_type: Callable[[str], int]) -> None:
    found = re.match(r"(?:[\\/]{2}[?.][\\/])?([A-Za-z]):", text)
    if found and drive_type(f"{found[1].upper()}:\\") == _DRIVE_REMOTE:
        drive = f"drive {found[1].upper()}: is a mapped network drive"
        raise UnsuitableFolder(f"The folder {text} is on a network share: {drive}.{_WHAT_TO_DO}")


def _plain(field: str) -> str:
    """Undo mountinfo's octal escapes for space, tab, newline and backslash."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)

"""A school's folder on a network share is refused, with the reason and what to do."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest

from smdesk.db.folder import (
    Mount,
    check_suitable,
    holding,
    is_network,
    mounted,
    parse_mac_mounts,
    parse_mountinfo,
)
from smdesk.errors import UnsuitableFolder

LOCAL = Mount("/", "ext4", "/dev/sda1")

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /srv/school rw,relatime shared:12 master:3 - cifs //server/office rw,vers=3.1.1
41 40 0:41 / /srv/school/own\040disk rw - xfs /dev/vdb rw
42 27 0:42 /export /mnt/tab\011and\134slash rw - nfs4 nas:/export rw,addr=192.0.2.1
43 27 254:0 /home/office /mnt/bound rw,relatime - ext4 /dev/vda rw
44 27 0:42 /export/deep /mnt/bound-nfs rw,relatime - nfs4 nas:/export rw
45 27 0:45 / /home/head/remote rw,nosuid - fuse.sshfs head@nas:/home rw,user_id=0
46 27 0:46 / /home/head/win rw - 9p C:\134 rw,aname=drvfs;path=C:\134,trans=fd
47 27 0:47 / /mnt/plan9 rw - 9p 192.0.2.7 rw,trans=tcp,port=564
48 27 8:1 / /mnt/usb rw - fuseblk /dev/sdb1 rw
49 27 0:49 / /srv/school2 rw - smb3 //server/two rw
50 27 0:50 / /srv/over rw - nfs nas:/over rw
51 27 8:5 / /srv/over rw - ext4 /dev/sde rw
52 27 0:52 / /srv/under rw - ext4 /dev/sdf rw
53 27 0:53 / /srv/under rw - nfs nas:/under rw
a line in no known form
"""


@pytest.mark.parametrize(
    ("folder", "refused"),
    [
        ("/home/office/SM Desk", None),
        ("/srv/school", "cifs"),
        ("/srv/school/records/2026", "cifs"),
        ("/srv/schools", None),
        ("/srv/school2/x", "smb3"),
        ("/srv/school/own disk/records", None),
        ("/srv/school/own", "cifs"),
        ("/mnt/tab\tand\\slash/records", "nfs4"),
        ("/mnt/bound/records", None),
        ("/mnt/bound-nfs/records", "nfs4"),
        ("/home/head/remote/records", r"fuse\.sshfs"),
        ("/home/head/win/records", None),
        ("/mnt/plan9/records", "9p"),
        ("/mnt/usb/records", None),
        ("/srv/over/records", None),
        ("/srv/under/records", "nfs"),
        ("/srv/school/own disk/../records", "cifs"),
    ],
)
def test_linux_mounts(folder: str, refused: str | None) -> None:
    mounts = parse_mountinfo(MOUNTINFO)
    assert len(mounts) == 16
    if refused is None:
        check_suitable(Path(folder), mounts=mounts)
        return
    with pytest.raises(UnsuitableFolder, match=rf"on a network share: .* by {refused} \(") as caught:
        check_suitable(Path(folder), mounts=mounts)
    assert "Two computers" in str(caught.value)
    assert "on this computer's own disk" in str(caught.value)


@pytest.mark.parametrize(
    "kind",
    [
        "cifs",
        "smb3",
        "smbfs",
        "nfs",
        "nfs4",
        "NFS4",
        "davfs",
        "fuse.sshfs",
        "fuse.davfs2",
        "fuse.rclone",
        "fuse.gvfsd-fuse",
        "afpfs",
        "webdav",
        "afs",
    ],
)
def test_network_kinds(kind: str) -> None:
    with pytest.raises(UnsuitableFolder):
        check_suitable("/data/school", mounts=[LOCAL, Mount("/data", kind, "x")])


@pytest.mark.parametrize(
    "kind",
    ["ext4", "xfs", "btrfs", "zfs", "apfs", "tmpfs", "overlay", "ecryptfs", "fuseblk", "virtiofs", "9p"],
)
def test_kinds_of_this_computers_own_disk(kind: str) -> None:
    check_suitable("/data/school", mounts=[LOCAL, Mount("/data", kind, "x")])


def test_fuse_without_a_subtype_goes_by_its_source() -> None:
    assert is_network(Mount("/data", "fuse", "head@nas:/home"))
    assert is_network(Mount("/data", "macfuse", "nas:/home"))
    assert not is_network(Mount("/data", "fuse", "/dev/sdb1"))


def test_a_link_does_not_hide_a_share(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    link = tmp_path / "Desktop records"
    link.symlink_to(share, target_is_directory=True)
    mounts = [LOCAL, Mount(str(share.resolve()), "cifs", "//server/office")]
    with pytest.raises(UnsuitableFolder, match="//server/office"):
        check_suitable(link / "not made yet", mounts=mounts)
    check_suitable(tmp_path / "beside", mounts=mounts)


@pytest.mark.parametrize(
    "folder",
    [
        r"\\server\office\SM Desk",
        "//server/office",
        r"\\?\UNC\server\office",
        "//?/unc/server/office",
        r"\\.\UNC\server\office",
        r"\\wsl.localhost\Ubuntu\home",
        "smb://server/office",
        PureWindowsPath(r"\\server\office"),
        PureWindowsPath("//server/office/records"),
        Path("//server/office"),
    ],
)
def test_names_of_shares_are_refused_on_every_system(folder: str | Path) -> None:
    with pytest.raises(UnsuitableFolder, match=r"on a network share \("):
        check_suitable(folder, mounts=[LOCAL], drive_type=lambda _root: 3)


@pytest.mark.parametrize("folder", [r"Z:\SM Desk", "z:/SM Desk", "Z:", r"\\?\Z:\SM Desk", r"\\.\z:\x"])
def test_a_mapped_drive_is_refused(folder: str) -> None:
    asked: list[str] = []

    def drive_type(root: str) -> int:
        asked.append(root)
        return 4 if root == "Z:\\" else 3

    with pytest.raises(UnsuitableFolder, match="drive Z: is a mapped network drive"):
        check_suitable(PureWindowsPath(folder), mounts=[], drive_type=drive_type)
    assert asked == ["Z:\\"]


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5, 6])
def test_other_drives_are_fine(kind: int) -> None:
    check_suitable(PureWindowsPath(r"\\?\C:\SM Desk"), mounts=[], drive_type=lambda _root: kind)
    check_suitable(PureWindowsPath(r"C:\SM Desk"), mounts=[], drive_type=lambda _root: kind)


def test_mac_mounts() -> None:
    mounts = parse_mac_mounts(
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)\n"
        "/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)\n"
        "//office@server/office on /Volumes/office (smbfs, nodev, nosuid, mounted by head)\n"
        "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)\n"
    )
    assert [mount.kind for mount in mounts] == ["apfs", "apfs", "smbfs", "autofs"]
    with pytest.raises(UnsuitableFolder, match=r"smbfs \(//office@server/office\)"):
        check_suitable("/Volumes/office/SM Desk", mounts=mounts)
    check_suitable("/Volumes/office disk/SM Desk", mounts=mounts)


def test_the_deepest_and_then_the_latest_mount_counts() -> None:
    one, two = Mount("/a", "nfs"), Mount("/a", "ext4")
    assert holding("/a/b", [LOCAL, one, two]) is two
    assert holding("/a/b", [two, LOCAL, one]) is one
    assert holding("/ab", [LOCAL, one]) is LOCAL
    assert holding("/a", []) is None


def test_this_machines_own_temporary_folder_is_suitable(tmp_path: Path) -> None:
    check_suitable(tmp_path)
    assert isinstance(mounted(), list)

"""Places other than a plain disk, each as real as this machine allows. Called by Config/torture.py."""
import os, signal, subprocess, tempfile

from trial import Failure, Trial


class Refused(Exception):
    """This machine cannot have such a place; the reason in its own words."""


def do(*command):
    try:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout
    except FileNotFoundError:
        raise Refused("%s is not installed" % command[0])
    except subprocess.CalledProcessError as error:
        raise Refused((error.stderr or error.stdout).strip().split("\n")[0])


class Place:
    """A folder to mount on, and one through which others reach the same files where there is such."""

    def __init__(self, folder):
        self.folder, self.undo = folder, []
        for name in ("mount", "behind", "upper", "work"):
            os.mkdir(self.path(name))
        self.mount, self.behind = self.path("mount"), self.path("behind")

    def path(self, name):
        return os.path.join(self.folder, name)

    def mounted(self, *command):
        do(*command)
        self.undo.append(lambda: subprocess.run(["umount", "-l", self.mount]))

    def disk(self, *make, size="400M"):
        """A block device with the file system that the command `make` makes."""
        do("truncate", "-s", size, self.path("disk"))
        device = do("losetup", "--find", "--show", self.path("disk")).strip()
        self.undo.append(lambda: subprocess.run(["losetup", "--detach", device]))
        do(*make, device)
        return device

    def leave(self):
        while self.undo:
            self.undo.pop()()


# Each mounts `place.mount` and returns the word by which the service must say that it reads the folder besides; none
# where events arrive. Those that cannot be had here say what they ask the kernel for.

def bindfs(place):
    place.mounted("bindfs", place.behind, place.mount)
    return "FUSE"


def sshfs(place):
    with open(place.path("ssh"), "w") as file:
        file.write("#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n")
    os.chmod(file.name, 0o755)
    place.mounted("sshfs", "-o", "ssh_command=" + file.name, "there:" + place.behind, place.mount)
    return "FUSE"


def overlay(place):
    lower = place.path("lower")
    os.mkdir(lower)
    place.mounted("mount", "-t", "overlay", "none", place.mount, "-o",
                  "lowerdir=%s,upperdir=%s,workdir=%s" % (lower, place.path("upper"), place.path("work")))
    place.behind = place.path("upper")
    return "an overlay"


def exfat(place):
    """Neither upper and lower case, nor links, nor rights, nor every character in a name."""
    place.mounted("mount.exfat-fuse", place.disk("mkfs.exfat"), place.mount)
    place.behind = None
    return "FUSE"


def ntfs(place):
    place.mounted("mount.ntfs-3g", place.disk("mkntfs", "-Q", "-F"), place.mount, "-o", "windows_names")
    place.behind = None
    return "FUSE"


def on_disk(*make):
    def kind(place):
        place.mounted("mount", place.disk(*make), place.mount)
        place.behind = None
    return kind


def tmpfs(place):
    place.mounted("mount", "-t", "tmpfs", "none", place.mount)
    place.behind = None


def nfs(place):
    place.mounted("mount", "-i", "-t", "nfs", "127.0.0.1:/", place.mount, "-o", "addr=127.0.0.1,vers=4")
    return "NFS"


def smb(place):
    place.mounted("mount", "-i", "-t", "cifs", "//127.0.0.1/share", place.mount, "-o", "ip=127.0.0.1,guest")
    return "SMB"


places = {
    "bindfs": bindfs, "sshfs": sshfs, "overlay": overlay, "exFAT": exfat, "NTFS": ntfs, "tmpfs": tmpfs,
    "ext4": on_disk("mkfs.ext4", "-q"), "XFS": on_disk("mkfs.xfs", "-q"), "btrfs": on_disk("mkfs.btrfs", "-q"),
    "ext4 without regard to case": on_disk("mkfs.ext4", "-q", "-O", "casefold", "-E", "encoding=utf8"),
    "NFS": nfs, "SMB": smb, "FAT": on_disk("mkfs.fat"),
}

# What is dropped in each; exFAT and NTFS refuse some of these themselves.
names = ["plain.png", "Plain 2.PNG", "sub/two.png", "\u00e4\u4e2d\U0001f600.png", "a" * 200 + ".png", "dots....png",
         "colon:.png", "what?.png", "back\\slash.png", "CON.png", " lead.png"]


def drop_all(trial, behind):
    number = 0
    for name in names:
        number += 1
        folder, name = os.path.split(name)
        try:
            os.makedirs(trial.path("inbox", folder), exist_ok=True)
            trial.drop(number, os.path.join("inbox", folder), name)
        except OSError:
            trial.forget(number)
    if behind:
        trial.drop(number + 1, os.path.join(behind, "root", "inbox"), "from elsewhere.png")


def root_on(trial, kind, behind):
    trial.start()
    trial.wait("it watches", trial.watches, 120)
    drop_all(trial, behind)
    trial.settle(120)
    with open(trial.log.name) as file:
        log = file.read()
    if kind and "is on %s" % kind not in log:
        raise Failure("it does not say that events do not arrive on " + kind)
    if not kind and "every few seconds" in log:
        raise Failure("it reads the folder every few seconds for no reason")
    states = sorted(trial.job(name)["status"] for name in trial.jobs())
    code = trial.kill(signal.SIGTERM)
    if code != 0 or set(states) != {"DONE"}:
        raise Failure("status %d, jobs %s" % (code, states))
    return len(states)


def mounts(arguments, first):
    """One root after the other."""
    failures = 0
    for name, mount in places.items():
        with tempfile.TemporaryDirectory(prefix="scenehf-mount-", ignore_cleanup_errors=True) as folder:
            place = Place(folder)
            try:
                kind = mount(place)
                root = os.path.join(place.mount, "root")
                os.mkdir(root)
                trial = Trial(first.program, root, log=place.path("log"))
                try:
                    done = root_on(trial, kind, place.behind)
                    failures += trial.report("%s: %d pictures done%s" % (
                        name, done, ", read every few seconds, which it says" if kind else ""))
                finally:
                    if trial.service:
                        trial.kill()
            except Refused as reason:
                print("%s: skipped: %s" % (name, reason))
            except Failure as failure:
                failures += 1
                print("FAILED: %s: %s" % (name, failure))
                with open(trial.log.name) as file:
                    print(file.read()[-3000:])
            finally:
                place.leave()
    return min(failures, 1)

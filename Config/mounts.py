"""Places other than a plain disk, each as real as this machine allows. Called by Config/torture.py."""
import os, signal, socket, subprocess, tempfile, time

import machine
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

    def mounted(self, *command, at=None):
        do(*command)
        self.undo.append(lambda: subprocess.run(["umount", "-l", at or self.mount]))

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


def on_disk(*make, options="defaults"):
    def kind(place):
        place.mounted("mount", "-o", options, place.disk(*make), place.mount)
        place.behind = None
    return kind


def tmpfs(place):
    place.mounted("mount", "-t", "tmpfs", "none", place.mount)
    place.behind = None


def nfs(place):
    """The kernel serves itself."""
    place.mounted("mount", "-t", "nfsd", "none", "/proc/fs/nfsd", at="/proc/fs/nfsd")
    for name in ("rpc_pipefs", "v4recovery"):
        os.makedirs(os.path.join("/var/lib/nfs", name), exist_ok=True)
    for name in ("etab", "rmtab"):
        open(os.path.join("/var/lib/nfs", name), "a").close()
    do("exportfs", "-o", "rw,no_root_squash,no_subtree_check,insecure,fsid=0", "127.0.0.1:" + place.behind)
    do("rpc.mountd", "--no-nfs-version", "2", "--no-nfs-version", "3")
    do("rpc.nfsd", "--no-udp", "--no-nfs-version", "3", "2")
    place.undo.append(lambda: subprocess.run(["rpc.nfsd", "0"]))
    # It would wait a minute and a half for clients of a server that was there before.
    with open("/proc/fs/nfsd/v4_end_grace", "w") as file:
        file.write("Y")
    place.mounted("mount", "-i", "-t", "nfs", "127.0.0.1:/", place.mount, "-o",
                  "vers=4.2,addr=127.0.0.1,clientaddr=127.0.0.1")
    return "NFS"


def smb(place):
    with open(place.path("smb.conf"), "w") as file:
        file.write("[global]\ninterfaces = lo\nbind interfaces only = yes\nmap to guest = bad user\n"
                   "guest account = root\nload printers = no\ndisable spoolss = yes\n")
        for name in ("private dir", "lock directory", "state directory", "cache directory", "pid directory",
                     "ncalrpc dir"):
            file.write("%s = %s\n" % (name, place.path("work")))
        file.write("[share]\npath = %s\nread only = no\nguest ok = yes\n" % place.behind)
    server = subprocess.Popen(
        ["smbd", "--foreground", "--no-process-group", "-s", file.name, "-l", place.path("upper")], start_new_session=True)
    place.undo.append(lambda: (server.terminate(), server.wait()))
    wait_for("127.0.0.1", 445)
    place.mounted("mount", "-t", "cifs", "//127.0.0.1/share", place.mount, "-o", "guest,vers=3.0")
    return "SMB"


def wait_for(*address):
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.1)
    raise Refused("nothing listens at %s:%d" % address)


places = {
    "bindfs": bindfs, "sshfs": sshfs, "overlay": overlay, "exFAT": exfat, "NTFS": ntfs, "tmpfs": tmpfs,
    "ext4": on_disk("mkfs.ext4", "-q"), "XFS": on_disk("mkfs.xfs", "-q"), "btrfs": on_disk("mkfs.btrfs", "-q"),
    "ext4 without regard to case": on_disk("mkfs.ext4", "-q", "-O", "casefold", "-E", "encoding=utf8"),
}
# In a kernel of their own: this one may lack them, and its servers are none of our business.
distant = {
    "NFS": nfs, "SMB": smb, "FAT": on_disk("mkfs.fat", options="utf8"),
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


def second_is_refused(trial):
    """One service works on a root, also where the lock is a server's, and commands beside it see that it does."""
    second = subprocess.run([trial.program, "watch"], env=trial.environment(), capture_output=True, text=True, timeout=60)
    if second.returncode == 0 or "is working on" not in second.stderr:
        raise Failure("a second service ended with %d and %r" % (second.returncode, second.stderr[-300:]))
    if trial.status()["state"] != "running":
        raise Failure("status says that the service is " + trial.status()["state"])


def root_on(trial, kind, behind):
    trial.start()
    trial.wait("it watches", trial.watches, 120)
    drop_all(trial, behind)
    second_is_refused(trial)
    trial.settle(120)
    log = trial.said()
    if kind and "is on %s" % kind not in log:
        raise Failure("it does not say that events do not arrive on " + kind)
    if not kind and "every few seconds" in log:
        raise Failure("it reads the folder every few seconds for no reason")
    # The lock goes with a process that is killed, and a name in capitals is another picture also where it is no other
    # name.
    trial.kill()
    trial.start()
    trial.wait("it watches again", trial.watches, 120)
    trial.drop(100, name="PLAIN.png")
    trial.settle(120)
    states = sorted(trial.job(name)["status"] for name in trial.jobs())
    code = trial.kill(signal.SIGTERM)
    if code != 0 or set(states) != {"DONE"}:
        raise Failure("status %d, jobs %s" % (code, states))
    return len(states)


def mounts(arguments, first):
    """One root after the other, on all kinds of places or on those that are named."""
    here = {**places, **(distant if machine.is_own() else {})}
    wanted = arguments.place or [*places, *distant]
    failures = sum(mounted(name, here[name], first) for name in wanted if name in here)
    there = [name for name in wanted if name not in here]
    if there:
        print("In a kernel of their own: " + ", ".join(there), flush=True)
        failures += machine.run(os.path.join(os.path.dirname(__file__), "torture.py"), "mounts",
                                "--program", first.program, "--place", *there)
    return min(failures, 1)


def mounted(name, mount, first):
    """How much failed of one of them."""
    with tempfile.TemporaryDirectory(prefix="scenehf-mount-", ignore_cleanup_errors=True) as folder:
        place, trial = Place(folder), None
        try:
            kind = mount(place)
            root = os.path.join(place.mount, "root")
            os.mkdir(root)
            trial = Trial(first.program, root, log=place.path("log"))
            done = root_on(trial, kind, place.behind)
            return trial.report("%s: %d pictures done%s" % (
                name, done, ", read every few seconds, which it says" if kind else ""))
        except Refused as reason:
            print("%s: skipped: %s" % (name, reason))
            return 0
        except Failure as failure:
            print("FAILED: %s: %s" % (name, failure))
            print(trial.said()[-3000:])
            return 1
        finally:
            if trial and trial.service:
                trial.kill()
            place.leave()

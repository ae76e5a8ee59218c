#!/usr/bin/env python3
"""Treats a real service badly and checks that nothing was lost and nothing doubled.

    python3 Config/torture.py kill [--kills 300]     kill -9 at random moments of a running load with paid calls
    python3 Config/torture.py load [--files 10000]   so many files at once, and in folders that move in
    python3 Config/torture.py disk                   a disk that is full, read-only, gone and back (needs root)
    python3 Config/torture.py limits                 few inotify events and watches (needs root)
    python3 Config/torture.py soak [--minutes 30]    drops, edits, masks, deletions, commands; memory must stay flat
    python3 Config/torture.py mounts [--place NAME …]  roots on FUSE, exFAT, NTFS, an overlay, XFS, btrfs; and, within User
                                                     Mode Linux, on NFS, SMB and FAT (needs root)
    python3 Config/torture.py studio [--jobs 1000] [--lease 4] [--pause 5]   workers on one root and one PostgreSQL: killed,
                                                     frozen, cut off, every so many seconds
    python3 Config/torture.py throughput [--jobs 40] [--delay 0.2]   1 to 4 workers, and what the database does for a job
    python3 Config/torture.py upsets                 a quota, an inbox on another disk, rights that are lost,
                                                     a clock set back (needs root)

Options: --program PATH (default: the debug build), --seed N. The kills need what Tests/FakeServices/install.sh
installs: a service that counts what it is asked and checks it with the vendor's own types. Exit status 1 if a check
fails; 0 with the word "skipped" where this machine does not allow the trial. Works in a temporary folder and starts its
own services.
"""
import argparse, collections, os, random, shutil, signal, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
from mounts import mounts
from soak import soak as soak_root
from studio import studio
from throughput import throughput
from upsets import upsets
from trial import Failure, Trial, Vendor


def kill(arguments, trial):
    chance = random.Random(arguments.seed)
    vendor = Vendor()
    trial.settings = vendor.settings()
    try:
        return kill_again_and_again(arguments.kills, chance, trial, vendor)
    finally:
        vendor.stop()


def kill_again_and_again(kills, chance, trial, vendor):
    number, early, at_work, under_way, slowest = 0, 0, 0, 0, 0
    for _ in range(kills):
        trial.start()
        began = time.monotonic()
        if chance.random() < 0.2:
            # While it starts and mends what the last kill left.
            time.sleep(chance.random())
        else:
            trial.wait("it watches", trial.watches, 120)
            slowest = max(slowest, time.monotonic() - began)
            if len(trial.open_jobs()) < 12:
                for _ in range(chance.randint(0, 3)):
                    trial.drop(number)
                    number += 1
            time.sleep(chance.choice([0.05, 0.2, 0.5, 1, 3, 10]) * chance.random())
        early += not trial.watches()
        trial.kill()
        at_work += bool(trial.open_jobs())
        under_way += any(call["state"] == "SENT" for name in trial.jobs() for call in trial.records(name, "calls").values())
        trial.remember()
    trial.start()
    trial.settle()
    given = trial.revive()
    trial.settle()
    code = trial.kill(signal.SIGTERM)
    calls = [call for name in trial.jobs() for call in trial.records(name, "calls").values()]
    states = collections.Counter(call["state"] for call in calls)
    asked = sum(call["method"] == "POST" for call in vendor.calls())
    print("%d kills: %d before it watched, %d with jobs at work, %d with a paid call under way; the slowest start %.1f s" %
          (kills, early, at_work, under_way, slowest))
    print("%d jobs were given to a person after four kills in a row at the same step" % given)
    print("%d paid calls in the journals (%d answered, %d lost with a kill and told), %d seen by the service" %
          (len(calls), states["ANSWERED"], states["LOST"], asked))
    result = trial.report("%d kills, %d pictures" % (kills, number))
    if asked > len(calls) or states["ANSWERED"] > asked:
        print("FAILED: calls were made that are in no journal, or the other way round")
        result = 1
    return result or (1 if code != 0 else 0)


def load(arguments, trial):
    trial.start()
    trial.wait("the service is up", lambda: os.path.isdir(trial.path("inbox")))
    begin = time.monotonic()
    for folder in range(0, arguments.files // 2, 1000):
        outside = trial.path("outside")
        os.mkdir(outside)
        for number in range(folder, min(folder + 1000, arguments.files // 2)):
            trial.drop(number, "outside")
        os.rename(outside, trial.path("inbox", "folder %d" % folder))
    for number in range(arguments.files // 2, arguments.files):
        trial.drop(number)
    dropped = time.monotonic()
    trial.wait("all are taken", lambda: len(trial.jobs()) == arguments.files and not trial.inbox(), 3600)
    taken = time.monotonic()
    size, seconds, descriptors, threads = trial.memory()
    print("%d files: dropped in %.1f s, the last taken %.1f s later; %d MB at most, %.1f s of processor time, "
          "%d descriptors, %d threads" % (arguments.files, dropped - begin, taken - dropped, size, seconds,
                                          descriptors, threads))
    trial.kill()
    trial.start()
    begin = time.monotonic()
    trial.wait("the service is up again", lambda: trial.status()["state"] == "running", 600)
    print("The start after a kill with %d jobs: %.1f s" % (arguments.files, time.monotonic() - begin))
    trial.kill(signal.SIGTERM)
    return trial.report("%d files at once" % arguments.files)


def disk(arguments, trial):
    def mount(*options):
        return subprocess.run(["mount", *options, trial.root], capture_output=True).returncode == 0

    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", "size=2m", "none"):
        print("skipped: this machine does not allow mounting")
        return 0
    try:
        trial.start()
        trial.wait("the service is up", lambda: os.path.isdir(trial.path("inbox")))
        trial.wait("it watches", lambda: "Watching" in trial.said())
        # Full: the ballast leaves room for the drops, not for what is made of them.
        with open(trial.path("ballast"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            except OSError:
                pass
        os.truncate(trial.path("ballast"), os.path.getsize(trial.path("ballast")) // 4096 * 4096 - 120_000)
        for number in range(12):
            trial.drop(number)
        trial.wait("it says that the disk is full", lambda: "Free some space" in trial.said(), 60)
        time.sleep(5)
        lines = trial.said().count("Free some space")
        os.remove(trial.path("ballast"))
        mount("-o", "remount,size=64m")
        trial.settle(300)
        print("full: said %d times in 5 s, then went on" % lines)
        mount("-o", "remount,ro")
        time.sleep(1)
        mount("-o", "remount,rw,size=64m")
        for number in range(12, 18):
            trial.drop(number)
        trial.settle(300)
        print("read-only for a second, then went on")
        trial.kill(signal.SIGTERM)
        result = trial.report("a full and a read-only disk")
        return result or (1 if lines > 10 else 0)
    finally:
        if trial.service:
            trial.kill()
        subprocess.run(["umount", "-l", trial.root])


def limits(arguments, trial):
    setting = "/proc/sys/fs/inotify/max_queued_events"
    if not os.access(setting, os.W_OK) or subprocess.run(["unshare", "-Ur", "true"], capture_output=True).returncode:
        print("skipped: this machine does not allow changing the limits")
        return 0
    with open(setting) as file:
        before = file.read()
    # An instance keeps the limit that it was made with.
    try:
        with open(setting, "w") as file:
            file.write("64")
        trial.start()
        trial.wait("the service is up", lambda: os.path.isdir(trial.path("inbox")))
        time.sleep(1)
    finally:
        with open(setting, "w") as file:
            file.write(before)
    for number in range(1000):
        trial.drop(number)
    trial.wait("all are taken", lambda: len(trial.jobs()) == 1000 and not trial.inbox())
    trial.kill()
    # Watches are counted for each user namespace: three are too few for two folders in the inbox.
    trial.start(["unshare", "-Ur", "sh", "-c", 'echo 4 > /proc/sys/user/max_inotify_watches; exec "$@"', "sh"])
    time.sleep(1)
    for folder in range(4):
        os.makedirs(trial.path("inbox", "folder %d" % folder))
        trial.drop(1000 + folder, "inbox/folder %d" % folder)
    trial.wait("those in unwatched folders are taken", lambda: not trial.inbox(), 60)
    said = "fs.inotify.max_user_watches" in trial.said()
    print("with 64 queued events 1000 of 1000; with 4 watches 4 of 4, the setting %s" % ("named" if said else "NOT named"))
    trial.kill(signal.SIGTERM)
    return trial.report("few events and few watches") or (0 if said else 1)


def soak(arguments, trial):
    return soak_root(arguments, trial, random.Random(arguments.seed))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trial", choices=["kill", "load", "disk", "limits", "soak", "mounts", "studio", "throughput", "upsets"])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--files", type=int, default=10000)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--place", nargs="+", default=[])
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--keep-log", action="store_true")
    parser.add_argument("--delay", type=float, default=0.2)
    parser.add_argument("--lease", type=float, default=4)
    parser.add_argument("--pause", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(__file__), "..", ".build", "debug", "scenehf"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scenehf-torture-", ignore_cleanup_errors=True) as folder:
        root = os.path.join(folder, "root")
        os.mkdir(root)
        trial = Trial(os.path.abspath(arguments.program), root)
        try:
            code = globals()[arguments.trial](arguments, trial)
        except Failure as failure:
            print("FAILED: %s" % failure)
            code = 1
        finally:
            if trial.service:
                trial.kill()
        if code or arguments.keep_log:
            kept = tempfile.mkdtemp(prefix="scenehf-torture-log-")
            shutil.copy(trial.log.name, kept)
            print("The service's log is in " + kept)
        return code


if __name__ == "__main__":
    sys.exit(main())

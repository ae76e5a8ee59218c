"""A quota that is reached, an inbox on another disk, rights that are lost, a clock that is set back. Called by
Config/torture.py."""
import contextlib, json, os, signal, subprocess, tempfile

from mounts import Place, Refused, do
from trial import Failure, Trial

nobody = 65534
as_nobody = ["setpriv", "--reuid=%d" % nobody, "--regid=%d" % nobody, "--clear-groups"]


def expect_all_done(trial, count):
    states = [trial.job(name)["status"] for name in trial.jobs()]
    if states != ["DONE"] * count:
        raise Failure("of %d jobs %s" % (count, states))


def drop_in_place(trial, count):
    """Every third is written in place, not moved in, which another disk would not allow."""
    for number in range(count):
        trial.drop(3 * number)


@contextlib.contextmanager
def service(first, make, prefix=()):
    """A service at work on the root that `make` makes in a place; `prefix` begins its command line."""
    with tempfile.TemporaryDirectory(prefix="scenehf-upset-", ignore_cleanup_errors=True) as folder:
        place = Place(folder)
        trial = Trial(first.program, os.path.join(place.mount, "root"), log=place.path("log"))
        try:
            make(place, trial)
            trial.start(prefix)
            trial.wait("it watches", trial.watches, 120)
            yield place, trial
            if trial.kill(signal.SIGTERM) != 0:
                raise Failure("it did not stop well")
        finally:
            if trial.service:
                trial.kill()
            place.leave()


def quota(first):
    """The quota of the file system, not the service's own: EDQUOT where the disk itself has room."""
    def make(place, trial):
        place.mounted("mount", place.disk("mkfs.btrfs", "-q"), place.mount)
        do("btrfs", "quota", "enable", place.mount)
        do("btrfs", "subvolume", "create", trial.root)
        do("btrfs", "qgroup", "limit", "16M", trial.root)

    with service(first, make) as (place, trial):
        ballast = trial.path("ballast")
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(os.urandom(1 << 16))
                os.fsync(file)
        # Room for the drops, not for what is made of them.
        do("btrfs", "qgroup", "limit", "16900K", trial.root)
        drop_in_place(trial, 12)
        trial.wait("it says that there is no room", lambda: "Free some space" in trial.said(), 120)
        do("btrfs", "qgroup", "limit", "none", trial.root)
        os.remove(ballast)
        trial.settle(120)
        expect_all_done(trial, 12)
        if trial.said().count("Paused: ") != 1:
            raise Failure("it said %d times that it pauses" % trial.said().count("Paused: "))
        return trial.report("a quota: said once, 12 pictures done afterwards")


def rights(first):
    """The service is a user who may not write in two of its folders any more; root drops, whose files have no leases for
    others (fcntl(2))."""
    def give(trial, user):
        for folder in ("jobs", ".scenehf"):
            os.chown(trial.path(folder), user, user)

    def make(place, trial):
        os.chmod(place.folder, 0o755)
        os.mkdir(trial.root)
        os.chown(trial.root, nobody, nobody)
        trial.settings = {"HOME": place.folder}

    with service(first, make, as_nobody) as (place, trial):
        for number in range(12):
            trial.drop(number)
        trial.wait("work is under way", trial.open_jobs)
        give(trial, 0)
        for number in range(12, 18):
            trial.drop(number)
        trial.wait("it says what it may not do", lambda: "Give this user the right" in trial.said(), 60)
        answer = subprocess.run([*as_nobody, trial.program, "status", "--json"], env=trial.environment(),
                                capture_output=True, check=True)
        status = json.loads(answer.stdout)
        if status["state"] != "paused" or "Give this user the right" not in (status["reason"] or ""):
            raise Failure("status says %s, %s" % (status["state"], status["reason"]))
        give(trial, nobody)
        trial.settle(120)
        expect_all_done(trial, 18)
        if trial.said().count("Paused: ") != 1:
            raise Failure("it said %d times that it pauses" % trial.said().count("Paused: "))
        return trial.report("rights that are lost while it works: said once, 18 pictures done afterwards")


def elsewhere(first):
    """Into the root it is a copy instead of a rename (EXDEV)."""
    def make(place, trial):
        trial.start()
        trial.wait("it watches", trial.watches, 120)
        trial.kill(signal.SIGTERM)
        do("mount", "-t", "tmpfs", "none", trial.path("inbox"))
        place.undo.append(lambda: subprocess.run(["umount", "-l", trial.path("inbox")]))

    with service(first, make) as (place, trial):
        drop_in_place(trial, 6)
        trial.settle(120)
        expect_all_done(trial, 6)
        return trial.report("an inbox on another disk: 6 pictures done")


def clock(first):
    """A day back while the service works, and two more before the next start. Files keep the true time."""
    def turn(place, days):
        with open(place.path("clock.new"), "w") as file:
            file.write("%d\n" % (-86_400 * days))
        os.rename(place.path("clock.new"), place.path("clock"))

    def make(place, trial):
        os.mkdir(trial.root)
        turn(place, 0)
        source, library = os.path.join(os.path.dirname(__file__), "clock.c"), place.path("clock.so")
        do("cc", "-shared", "-fPIC", "-O1", "-o", library, source)
        trial.settings = {"LD_PRELOAD": library, "CLOCK_SHIFT": place.path("clock")}

    with service(first, make) as (place, trial):
        for number in range(3):
            trial.drop(number)
        trial.wait("one is done", lambda: trial.names("done"))
        turn(place, 1)
        for number in range(3, 6):
            trial.drop(number)
        trial.settle(120)
        trial.kill(signal.SIGTERM)
        turn(place, 3)
        trial.start()
        trial.wait("it watches", trial.watches, 120)
        for number in range(6, 9):
            trial.drop(number)
        trial.settle(120)
        expect_all_done(trial, 9)
        days = {trial.job(name)["created_at"][:10] for name in trial.jobs()}
        if len(days) < 3:
            raise Failure("the clock stood still: " + str(days))
        return trial.report("a clock set back while it works and before a start: 9 pictures done")


def upsets(arguments, first):
    failures = 0
    for name, trial in (
            ("quota", quota), ("another disk", elsewhere), ("rights", rights), ("clock", clock)):
        try:
            failures += trial(first)
        except Refused as reason:
            print("%s: skipped: %s" % (name, reason))
        except Failure as failure:
            failures += 1
            print("FAILED: %s: %s" % (name, failure))
    return min(failures, 1)

"""Hours of what people do to a root, and what the service needs meanwhile. Called by Config/torture.py."""
import collections, glob, os, shutil, signal, statistics, subprocess, time

import trial as trials


class Churn:
    """Drops, broken drops, edits, masks, deletions, commands: one of them at a time, by chance."""

    def __init__(self, trial, chance):
        self.trial, self.chance, self.number, self.done = trial, chance, 0, collections.Counter()

    def step(self):
        kind = self.chance.choice(["drop"] * 4 + ["broken", "folder", "edit", "edit", "mask", "delete", "delete", "look",
                                                 "command", "command"])
        # Deeper in work than this the service is no longer at rest now and then, and nobody is that quick.
        if kind in ("drop", "folder") and len(self.trial.inbox()) + len(self.trial.names("working")) > 8:
            kind = "edit"
        if getattr(self, kind)() is not None:
            self.done[kind] += 1

    def drop(self, folder="inbox"):
        self.number += 1
        name = "picture %d.png" % self.number
        # By its own limit every other picture passes at once; the rest needs somebody.
        if self.number % 2:
            with open(self.trial.path(folder, name + ".yaml"), "w") as file:
                file.write("max_nonwhite: 0.9\n")
        self.trial.drop(self.number, folder, name)
        return name

    def folder(self):
        folder = os.path.join("inbox", "folder %d" % self.number)
        os.mkdir(self.trial.path(folder))
        return self.drop(folder)

    def broken(self):
        self.number += 1
        return self.trial.drop(self.number, name="broken %d.png" % self.number, cut=20)

    def face(self, *folders):
        """A face that lies in one of the folders; None if there is none."""
        faces = [self.trial.path(folder, name) for folder in folders for name in self.trial.names(folder)]
        return self.chance.choice(faces) if faces else None

    def edit_file(self):
        files = glob.glob(os.path.join(glob.escape(self.face("review") or "/nowhere"), "*.yaml"))
        # A sidecar of the picture lies there too.
        files = [name for name in files if not name.endswith(".png.yaml")]
        return self.chance.choice(files) if files else None

    def edit(self):
        """Another wording, another limit, or one of the actions, saved as editors do."""
        path = self.edit_file()
        if not path:
            return None
        change = self.chance.choice([
            ("Extract", "Please extract"), ("# max_nonwhite: 0.05", "max_nonwhite: 0.9"),
            ("action: retry", "action: accept"), ("action: retry", "action: skip"), ("action: retry", "action: stop"),
            ("action: retry", "action: nonsense")])
        try:
            with open(path) as file:
                text = file.read().replace(*change)
            with open(path + ".new~", "w") as file:
                file.write(text)
            os.rename(path + ".new~", path)
        except FileNotFoundError:
            # It went on its way meanwhile.
            return None
        return path

    def mask(self):
        path = self.edit_file()
        if not path:
            return None
        try:
            with open(path.replace(".yaml", ".mask.png"), "wb") as file:
                file.write(trials.png(0, ground=b"\0\0\0", colour=b"\xff\xff\xff"))
        except FileNotFoundError:
            return None
        return path

    def delete(self):
        """Moves a face away, as a file manager does with what is thrown away."""
        face = self.face("review", "done", "done") if len(self.trial.names("done")) > 20 else None
        away = self.trial.root + ".bin"
        if not face:
            return None
        try:
            os.rename(face, away)
        except FileNotFoundError:
            return None
        shutil.rmtree(away)
        return face

    def look(self):
        return self.trial.status()

    def command(self):
        """Asks the running service from a shell, for a job that may be on its way meanwhile."""
        face = self.face("review", "review", "working", "done")
        if not face:
            return None
        verb = self.chance.choice(["retry", "accept", "skip", "cancel", "show", "pause", "resume"])
        # What was paused here goes on, so that the end finds it where it belongs.
        for one in ["pause", "resume"] if verb == "pause" else [verb]:
            answer = subprocess.run([self.trial.program, one, face[-8:]], env=self.trial.environment(),
                                    capture_output=True, text=True, timeout=120)
            if answer.returncode not in (0, 1):
                raise trials.Failure("%s ended with %d: %s" % (one, answer.returncode, answer.stderr[-300:]))
        return face


Sample = collections.namedtuple("Sample", "size descriptors threads")


def sample(process):
    """Resident MB, open descriptors and threads of a process."""
    with open("/proc/%d/status" % process) as file:
        fields = dict(line.split(":", 1) for line in file)
    return Sample(int(fields["VmRSS"].split()[0]) / 1024, len(os.listdir("/proc/%d/fd" % process)), int(fields["Threads"]))


def wake_ups(process):
    """How often each of its threads has gone to sleep so far."""
    counts = collections.Counter()
    for thread in glob.glob("/proc/%d/task/*/status" % process):
        with open(thread) as file:
            counts[thread] = sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
    return counts


def at_rest(trial):
    """A sample when everything has come to rest: threads that had work end within seconds."""
    trial.settle()
    time.sleep(15)
    return sample(trial.service.pid)


def growth(samples, early, late):
    """What has grown between two rests, and in size also while it works: what hangs on a working thread is gone with it
    at rest. The median of the last fifth is compared with that of the second."""
    fifth = len(samples) // 5
    median = [statistics.median(one.size for one in part) for part in (samples[fifth:2 * fifth], samples[-fifth:])]
    print("medians of the second fifth and of the last: %.1f and %.1f MB" % tuple(median))
    print("at rest after the second fifth and in the end: %.1f and %.1f MB, %d and %d descriptors, %d and %d threads" % (
        early.size, late.size, early.descriptors, late.descriptors, early.threads, late.threads))
    # What is known of each job in the inbox, in review and in done takes its place.
    return [name for name, before, after, allowed in (
        ("memory at work", *median, 4), ("memory", early.size, late.size, 4),
        ("descriptors", early.descriptors, late.descriptors, 0), ("threads", early.threads, late.threads, 0))
        if after > before + allowed]


def treat(churn, samples, chance, seconds):
    begin = told = time.monotonic()
    while time.monotonic() - begin < seconds:
        churn.step()
        time.sleep(chance.random())
        samples.append(sample(churn.trial.service.pid))
        if time.monotonic() > told + 60:
            told += 60
            print("%3d samples: %.1f MB, %d descriptors, %d threads; %s" % (
                len(samples), *samples[-1], dict(churn.done)), flush=True)


def soak(arguments, trial, chance):
    trial.settings = {"SCENEHF_MAX_NONWHITE": "0.05", "SCENEHF_ATTEMPTS": "1"}
    trial.start()
    trial.wait("it watches", trial.watches, 120)
    churn, samples = Churn(trial, chance), []
    treat(churn, samples, chance, arguments.minutes * 60 * 2 / 5)
    early = at_rest(trial)
    treat(churn, samples, chance, arguments.minutes * 60 * 3 / 5)
    grown = growth(samples, early, at_rest(trial))
    seconds, times = trial.memory()[1], wake_ups(trial.service.pid)
    time.sleep(60)
    print("a minute at rest: %.2f s of processor time, %d wake-ups" % (
        trial.memory()[1] - seconds, (wake_ups(trial.service.pid) - times).total()))
    for name in grown:
        print("FAILED: %s has grown" % name)
    code = trial.kill(signal.SIGTERM)
    result = trial.report("%d minutes, %s" % (arguments.minutes, dict(churn.done)))
    return result or (1 if grown or code != 0 else 0)

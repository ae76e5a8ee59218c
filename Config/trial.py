"""A root, a service on it that is treated badly, and the checks that nothing was lost. Used by Config/torture.py."""
import collections, hashlib, json, os, signal, struct, subprocess, time, urllib.request, zlib


def png(number, width=64, height=48, ground=b"\xa0\xb4\xc8", colour=None):
    """A small plain picture with one rectangle; every number is another picture."""
    colour = colour or bytes([40 + number % 150, 40 + number // 150 % 150, 40 + number // 22500 % 150])
    edge = b"\0" + ground * width
    inner = b"\0" + ground * 16 + colour * (width - 32) + ground * 16
    rows = edge * 12 + inner * (height - 24) + edge * 12

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    text = b"number\0%d" % number
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"tEXt", text) + chunk(b"IDAT", zlib.compress(rows)) \
        + chunk(b"IEND", b"")


class Failure(Exception):
    """Something did not come about."""


def symptoms(process):
    """What a process does that seems to do nothing: the machine's load, and each thread's state, processor time and
    place in the kernel."""
    lines = ["load %s" % " ".join("%.1f" % load for load in os.getloadavg())]
    place = "/proc/%d/task" % process
    for thread in sorted(os.listdir(place), key=int) if os.path.isdir(place) else []:
        def read(name):
            try:
                with open(os.path.join(place, thread, name)) as file:
                    return file.read().strip()
            except OSError:
                return "?"

        # proc(5): the name may hold anything, so the fields are counted from its bracket; ticks are 1/100 s.
        stat = read("stat").rpartition(")")[2].split()
        state, ticks = (stat[0], int(stat[11]) + int(stat[12])) if len(stat) > 12 else ("?", 0)
        lines.append("%s %s: %s, %.2f s, %s" % (thread, read("comm"), state, ticks / 100, read("wchan")))
    return "\n  ".join(lines)


class Vendor:
    """A fake of Gemini that takes `delay` seconds for an answer and counts what it is asked."""

    def __init__(self, delay=0.5, remembers=False):
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "FakeServices")
        install = subprocess.run(["bash", os.path.join(folder, "install.sh")], capture_output=True, check=True, text=True)
        self.server = subprocess.Popen(
            [install.stdout.split()[-1], "-B", "-W", "ignore", os.path.join(folder, "vendors.py")],
            env={**os.environ, "FAKE_DELAY": str(delay), "FAKE_REMEMBERS": "1" if remembers else ""},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.socket = "127.0.0.1", json.loads(self.server.stdout.readline())["http"]
        self.address = "http://%s:%d" % self.socket

    def settings(self):
        return {"PLANNER_PROVIDER": "local", "IMAGE_PROVIDER": "gemini", "GOOGLE_API_KEY": "AIzaPlanted-0123456789",
                "GEMINI_BASE_URL": self.address + "/ok/gemini", "SCENEHF_MAX_CALLS_PER_DAY": "100000",
                # Each kill may cost a job another call.
                "SCENEHF_MAX_CALLS_PER_JOB": "100000"}

    def calls(self):
        with urllib.request.urlopen(self.address + "/calls/ok") as answer:
            return json.load(answer)

    def stop(self):
        self.server.kill()
        self.server.wait()


class Trial:
    """A root, the service on it, and what was dropped there."""

    def __init__(self, program, root, log=None):
        self.program, self.root, self.service = program, root, None
        self.dropped = {}
        self.settings = {}
        self.history = {}
        self.log = open(log or root.rstrip("/") + ".log", "ab")

    def path(self, *names):
        return os.path.join(self.root, *names)

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
        # Without its network the embedded engine separates plain backgrounds, which is fast.
        return {**kept, "STORAGE_ROOT": self.root, "SCENEHF_INCOMPLETE_TIMEOUT": "1",
                "SCENEHF_ENGINE_DIR": self.path("no-engine"), **self.settings}

    def start(self, prefix=()):
        self.began = os.path.getsize(self.log.name)
        self.service = subprocess.Popen(
            [*prefix, self.program, "watch"], env=self.environment(), stdout=self.log, stderr=self.log)

    def watches(self):
        """Whether the process that was started last has said that it watches."""
        if self.service.poll() is not None:
            raise Failure("the service ended by itself with status %d" % self.service.returncode)
        with open(self.log.name, "rb") as file:
            file.seek(self.began)
            return b"Watching " in file.read()

    def said(self):
        """The log of all services so far."""
        with open(self.log.name) as file:
            return file.read()

    def kill(self, number=signal.SIGKILL):
        if self.service and self.service.poll() is None:
            self.service.send_signal(number)
        code = self.service.wait(timeout=60)
        self.service = None
        return code

    def drop(self, number, folder="inbox", name=None, cut=0):
        """Writes outside and renames in, as a file manager does; or writes in place, every third time. Without the last
        `cut` bytes it is no picture. Returns the name."""
        name = name or "picture %d.png" % number
        content = png(number)
        return self.put(content[:len(content) - cut], name, folder, number % 3 == 0)

    def put(self, content, name, folder="inbox", in_place=False):
        """Drops a content of its own."""
        self.dropped[hashlib.sha256(content).hexdigest()] = name
        target = self.path(folder, name)
        if in_place:
            with open(target, "wb") as file:
                file.write(content[:100])
                file.flush()
                file.write(content[100:])
        else:
            with open(self.path(".dropping"), "wb") as file:
                file.write(content)
            os.rename(self.path(".dropping"), target)
        return name

    def forget(self, number):
        """That picture could not be dropped."""
        self.dropped.pop(hashlib.sha256(png(number)).hexdigest())

    def status(self):
        answer = subprocess.run(
            [self.program, "status", "--json"], env=self.environment(), capture_output=True, check=True)
        return json.loads(answer.stdout)

    def wait(self, words, condition, seconds=600):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.1)
        running = self.service and self.service.poll() is None
        raise Failure("waited %d s in vain until %s%s" % (
            seconds, words, "\n  " + symptoms(self.service.pid) if running else ""))

    def open_jobs(self):
        return [name for name in self.jobs() if self.job(name)["status"] in ("IDLE", "PLANNED", "RUNNING")]

    def records(self, name, folder):
        """The JSON files in one folder of a job, by name."""
        records, place = {}, self.path("jobs", name, folder)
        for file in os.listdir(place) if os.path.isdir(place) else []:
            if not file.startswith("."):
                with open(os.path.join(place, file), "rb") as content:
                    records[file] = json.loads(content.read())
        return records

    def remember(self):
        """Notes the history as it stands: from now on none of it may change."""
        for name in self.jobs():
            for file, record in self.records(name, "history").items():
                if self.history.setdefault((name, file), record) != record:
                    raise Failure("history/%s of %s was changed" % (file, name))

    def jobs(self):
        folder = self.path("jobs")
        return [] if not os.path.isdir(folder) else [name for name in os.listdir(folder) if not name.startswith(".")]

    def names(self, folder):
        return [name for name in os.listdir(self.path(folder)) if not name.startswith(".")]

    def inbox(self):
        return [name for _, _, files in os.walk(self.path("inbox")) for name in files if not name.startswith(".")]

    def memory(self):
        """The service's largest resident size in MB, processor seconds, descriptors and threads."""
        with open("/proc/%d/status" % self.service.pid) as file:
            fields = dict(line.split(":", 1) for line in file)
        with open("/proc/%d/stat" % self.service.pid) as file:
            ticks = file.read().rsplit(")", 1)[1].split()
        seconds = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
        descriptors = len(os.listdir("/proc/%d/fd" % self.service.pid))
        return int(fields["VmHWM"].split()[0]) // 1024, seconds, descriptors, int(fields["Threads"])

    def settle(self, seconds=300):
        """Waits until every drop is a job or rejected, and every job is where it stays, as long as anything moves."""
        left, end = None, time.monotonic() + seconds
        while left != 0:
            now = len(self.inbox()) + len(self.open_jobs())
            if now != left:
                left, end = now, time.monotonic() + seconds
            elif time.monotonic() > end:
                raise Failure("%d of the drops have not moved for %d s" % (left, seconds))
            time.sleep(1)

    def revive(self):
        """Has every job go on at which the service was killed so often that it was given to a person. How many."""
        given = [name for name in self.jobs() if "SceneHF has died" in json.dumps(self.job(name))]
        if given:
            self.ask("retry", "--all", "--because", "has died")
        for name in given:
            job = self.job(name)
            if job["plan"] is None or job["metadata"].get("held"):
                self.ask("resume", name)
        return len(given)

    def ask(self, *words):
        subprocess.run([self.program, *words], env=self.environment(), capture_output=True)

    def job(self, name):
        path = self.path("jobs", name, "job.json")
        # Over FUSE a name that is being replaced is missing for a moment.
        for _ in range(20):
            if os.path.exists(path):
                break
            time.sleep(0.05)
        with open(path) as file:
            return json.load(file)

    def check(self):
        """The invariants: a list of what is broken."""
        faults, found = [], collections.Counter()
        places = [os.path.join(folder, name) for folder, _, names in os.walk(self.root) for name in names]
        for path in places:
            parts = os.path.relpath(path, self.root).split(os.sep)
            is_source = parts[0] == "jobs" and parts[2:4] == ["assets", "source"]
            is_rejected = parts[0] == "rejected" and parts[-1] != "reason.txt"
            if parts[0] in ("inbox", "rejected") and parts[-1].startswith("."):
                continue
            if is_source or is_rejected or parts[0] == "inbox":
                with open(path, "rb") as file:
                    found[hashlib.sha256(file.read()).hexdigest()] += 1
            if parts[-1].endswith(".part"):
                faults.append("half a file is left: " + path)
            if parts[:2] == [".scenehf", "staging"]:
                faults.append("something is left in staging: " + path)
        for digest, name in self.dropped.items():
            if found[digest] != 1:
                faults.append("%s exists %d times" % (name, found[digest]))
        if sum(found.values()) != len(self.dropped):
            faults.append("%d contents for %d drops" % (sum(found.values()), len(self.dropped)))
        for name in self.jobs():
            faults += self.check_job(name)
        return faults

    def check_job(self, name):
        faults, body = [], self.path("jobs", name)
        job = self.job(name)
        for asset in job["assets"].values():
            if not os.path.isfile(os.path.join(body, asset["path"])):
                faults.append("%s names a missing asset %s" % (name, asset["path"]))
        events, numbers = os.path.join(body, "events.ndjson"), []
        # A job that was taken in the moment of the stop has none yet.
        if os.path.isfile(events):
            with open(events) as file:
                numbers = [json.loads(line)["id"] for line in file]
        if numbers != list(range(1, len(numbers) + 1)):
            faults.append("%s has events numbered %s" % (name, numbers))
        faults += self.check_calls(name)
        face = job["metadata"]["face"]
        places = [folder for folder in ("working", "review", "done") if os.path.isdir(self.path(folder, face))]
        expected = {"DONE": ["done"], "PAUSED": ["review"], "FAILED": ["review"]}.get(job["status"])
        if expected and places != expected:
            faults.append("%s is %s but its face lies in %s" % (name, job["status"], places))
        return faults

    def check_calls(self, name):
        """What was paid for is kept and used, and what was lost on the way is told."""
        faults, answered = [], set()
        history = self.records(name, "history")
        told = {record["run_id"] for record in history.values()}
        for file, record in self.history.items():
            if file[0] == name and history.get(file[1]) != record:
                faults.append("history/%s of %s was changed or is gone" % (file[1], name))
        for file, call in sorted(self.records(name, "calls").items()):
            if call["key"] in answered:
                faults.append("%s was paid twice for %s" % (name, call["key"]))
            if call["state"] == "ANSWERED":
                answered.add(call["key"])
                if not os.path.isfile(self.path("jobs", name, call["answer"]["path"])):
                    faults.append("the answer of %s in %s is gone" % (file, name))
            if call["state"] == "LOST" and call["id"] not in told:
                faults.append("the lost call %s of %s is in no history" % (file, name))
            if call["state"] == "SENT":
                faults.append("the call %s of %s is still open" % (file, name))
        return faults

    def report(self, sentence):
        faults = self.check()
        for fault in faults[:20]:
            print("FAILED: " + fault)
        print("%s: %s" % (sentence, "%d faults" % len(faults) if faults else "nothing lost, nothing doubled"))
        return 1 if faults else 0

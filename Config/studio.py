"""Several workers on one root and one PostgreSQL, treated badly. Used by Config/torture.py."""
import collections, os, random, signal, subprocess, time

from partition import partition
from trial import Failure, Vendor, png

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "TestSupport", "postgres.sh")


class Database:
    """A server of Debian's package, on a socket in a folder of its own."""

    def __init__(self, *options):
        self.process = subprocess.Popen(["bash", SCRIPT, "/tmp", "-c", "max_connections=60", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = self.process.stdout.readline().strip()
        self.socket = os.path.join(self.folder, ".s.PGSQL.5432")
        self.ask("create database studio", "postgres")

    def address(self, folder=None):
        return "postgresql://scenehf@/studio?host=" + (folder or self.folder)

    def ask(self, statement, database="studio"):
        answer = subprocess.run(["psql", "-XtA", "-h", self.folder, "-U", "scenehf", "-c", statement, database],
                                capture_output=True, text=True)
        return answer.stdout.strip()

    def restart(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Studio:
    """A root with an intake and workers."""

    def __init__(self, trial, database, lease):
        self.trial, self.database = trial, database
        self.workers = []
        trial.settings["DATABASE_URL"] = database.address()
        answer = self.run("database", "--lease", str(lease))
        if answer.returncode:
            raise Failure(answer.stderr)

    def run(self, *arguments):
        return subprocess.run([self.trial.program, *arguments], env=self.trial.environment(), capture_output=True,
                              text=True)

    def begin(self, *arguments, line=None):
        """Starts a process; `line` is its way to the database, if it has one of its own."""
        environment = {**self.trial.environment(), **(line.settings if line else {})}
        prefix = line.prefix if line else []
        return subprocess.Popen([*prefix, self.trial.program, *arguments], env=environment, stdout=self.trial.log,
                                stderr=self.trial.log)

    def open(self):
        """Jobs that are not settled, as the database knows them; where it is away, at least one."""
        answer = self.database.ask("select count(*) from scenehf_job")
        return int(answer) if answer else 1


def studio(arguments, trial):
    """1,000 jobs of two paid calls each, 4 workers."""
    arguments.jobs = arguments.jobs or 1000
    chance = random.Random(arguments.seed)
    # All pictures look alike and get one answer: who is tried is the workers, not the vendor.
    vendor = Vendor(delay=arguments.delay, remembers=True)
    database = Database()
    trial.settings = {**vendor.settings(), "SCENEHF_JOBS_AT_ONCE": "2"}
    try:
        return punish(arguments, chance, trial, vendor, database)
    finally:
        database.stop()
        vendor.stop()


def punish(arguments, chance, trial, vendor, database):
    studio = Studio(trial, database, arguments.lease)
    line = partition(database, vendor, trial.root + ".line")
    print("One of the workers reaches the database through %s." % line.kind)
    # One worker reaches the database by a line that can be cut.
    lines = [None, None, None, line]
    intake = studio.begin("watch", "--intake-only")
    workers = [studio.begin("worker", line=line) for line in lines]
    counts = collections.Counter()
    try:
        trial.wait("the root is there", lambda: os.path.isdir(trial.path("inbox")))
        for number in range(arguments.jobs):
            trial.put(png(number, colour=b"\x50\x60\x70"), "picture %d.png" % number)
        began = said = time.monotonic()
        trial.wait("all are taken in", lambda: len(trial.jobs()) == arguments.jobs, 1800)
        restarts = [arguments.jobs // 2, arguments.jobs // 4]
        while left := studio.open():
            # Deeds that follow at once leave nobody the time to finish a job.
            time.sleep(chance.random() * 2 * arguments.pause)
            if time.monotonic() - said > 60:
                said = time.monotonic()
                print("%4d s: %d jobs are left; %s" % (said - began, left, summary(counts)), flush=True)
            number = chance.randrange(len(workers))
            deed = chance.choice(["kill", "freeze", "stop", "cut", "nothing"])
            if restarts and left <= restarts[0]:
                restarts.pop(0)
                database.restart()
                counts["restarts of the database"] += 1
            elif deed in ("kill", "stop"):
                end(workers[number], deed == "kill")
                workers[number] = studio.begin("worker", line=lines[number])
                counts["workers killed" if deed == "kill" else "workers stopped and started"] += 1
            elif deed == "freeze":
                workers[number].send_signal(signal.SIGSTOP)
                time.sleep(arguments.lease * (0.5 + chance.random()))
                workers[number].send_signal(signal.SIGCONT)
                counts["workers frozen around the lease"] += 1
            elif deed == "cut":
                line.cut()
                time.sleep(arguments.lease * (0.5 + 1.5 * chance.random()))
                line.mend()
                counts["cuts"] += 1
            if time.monotonic() - began > 5400:
                raise Failure("%d jobs are left after an hour and a half; %s" % (left, summary(counts)))
        seconds = time.monotonic() - began
    finally:
        line.mend()
        for process in [intake, *workers]:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in [intake, *workers]:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        line.end()
    return judge(arguments, trial, vendor, database, counts, seconds)


def end(process, at_once):
    process.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)
    process.wait()


def summary(counts):
    return ", ".join("%d %s" % (count, what) for what, count in sorted(counts.items())) or "no deeds"


def judge(arguments, trial, vendor, database, counts, seconds):
    print("%d jobs in %.0f s; %s" % (arguments.jobs, seconds, summary(counts)))
    calls = [call for name in trial.jobs() for call in trial.records(name, "calls").values()]
    states = collections.Counter(call["state"] for call in calls)
    asked = sum(call["method"] == "POST" for call in vendor.calls())
    budget = int(database.ask("select coalesce(sum(calls), 0) from scenehf_day"))
    print("%d paid calls in the journals (%s), %d seen by the service, %d taken from the day's budget" %
          (len(calls), ", ".join("%d %s" % (count, state) for state, count in sorted(states.items())), asked, budget))
    statuses = collections.Counter(trial.job(name)["status"] for name in trial.jobs())
    print("jobs: " + ", ".join("%d %s" % (count, status) for status, count in sorted(statuses.items())))
    result = trial.report("%d workers and one database" % 4)
    if asked > len(calls) or states["ANSWERED"] > asked or budget < asked:
        print("FAILED: calls were made that are in no journal or no budget, or the other way round")
        result = 1
    result = judge_order(trial) or result
    with open(trial.log.name, "rb") as log:
        problems = collections.Counter(
            text[text.index(b"] ") + 2:][:60] if b"] " in text else text[:60] for text in log if b"Job " in text)
    for text, count in problems.most_common(5):
        print("log, %d times: %s" % (count, text.decode(errors="replace").strip()))
    return result


def judge_order(trial):
    """Within a job the steps are paid in the order of the plan; of the jobs, the first that came is the first begun."""
    begun, mixed = [], 0
    for name in trial.jobs():
        job = trial.job(name)
        numbers = {step["id"]: step["index"] for step in job["steps"]}
        calls = sorted(trial.records(name, "calls").values(), key=lambda call: call["sent_at"])
        steps = [numbers.get(call["step_id"], -1) for call in calls]
        mixed += steps != sorted(steps)
        begun.append((job["created_at"], name, calls[0]["sent_at"] if calls else ""))
    places = {name: place for place, (_, name, _) in enumerate(sorted(begun))}
    late = sorted(place - places[name] for place, (_, _, name) in
                  enumerate(sorted((sent, created, name) for created, name, sent in begun)))
    print("order: %d jobs with steps out of turn; jobs began %d places after their turn at most, %d in the median" %
          (mixed, late[-1], late[len(late) // 2]))
    if mixed:
        print("FAILED: steps were not paid in the order of the plan")
    return 1 if mixed else 0

"""Several workers on one root and one PostgreSQL, treated badly. Used by Config/torture.py."""
import collections, os, random, select, signal, socket, subprocess, threading, time

from trial import Failure, Trial, Vendor

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Tests", "TestSupport", "postgres.sh")


class Database:
    """A server of Debian's package, on a socket in a folder of its own."""

    def __init__(self, *options):
        self.process = subprocess.Popen(["bash", SCRIPT, "/tmp", "-c", "max_connections=60", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.folder = self.process.stdout.readline().strip()
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


class Line:
    """The way of one worker to the database, which can be cut: nothing comes through, and nobody is told."""

    def __init__(self, database, folder):
        self.target, self.folder, self.is_cut = os.path.join(database.folder, ".s.PGSQL.5432"), folder, False
        os.mkdir(folder)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(os.path.join(folder, ".s.PGSQL.5432"))
        self.server.listen(50)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.server.accept()
            threading.Thread(target=self.carry, args=(client,), daemon=True).start()

    def carry(self, client):
        try:
            with client, socket.socket(socket.AF_UNIX) as server:
                while self.is_cut:
                    time.sleep(0.05)
                server.connect(self.target)
                while True:
                    for source in select.select([client, server], [], [], 1)[0]:
                        content = source.recv(65536)
                        while self.is_cut:
                            time.sleep(0.05)
                        if not content:
                            return
                        (server if source is client else client).sendall(content)
        except OSError:
            return


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

    def begin(self, *arguments, **more):
        environment = {**self.trial.environment(), **more}
        return subprocess.Popen([self.trial.program, *arguments], env=environment, stdout=self.trial.log,
                                stderr=self.trial.log)

    def open(self):
        """Jobs that are not settled, as the database knows them; where it is away, at least one."""
        answer = self.database.ask("select count(*) from scenehf_job")
        return int(answer) if answer else 1


def studio(arguments, trial):
    """1,000 jobs of two paid calls each, 4 workers."""
    arguments.jobs = arguments.jobs or 1000
    chance = random.Random(arguments.seed)
    vendor = Vendor(delay=arguments.delay)
    database = Database()
    trial.settings = {**vendor.settings(), "SCENEHF_JOBS_AT_ONCE": "2"}
    try:
        return punish(arguments, chance, trial, vendor, database)
    finally:
        database.stop()
        vendor.stop()


def punish(arguments, chance, trial, vendor, database):
    studio = Studio(trial, database, arguments.lease)
    line = Line(database, trial.root + ".line")
    # One worker reaches the database by a line that can be cut.
    reach = [{}, {}, {}, {"DATABASE_URL": database.address(line.folder)}]
    intake = studio.begin("watch", "--intake-only")
    workers = [studio.begin("worker", **way) for way in reach]
    counts = collections.Counter()
    try:
        trial.wait("the root is there", lambda: os.path.isdir(trial.path("inbox")))
        for number in range(arguments.jobs):
            trial.drop(number)
        began = time.monotonic()
        trial.wait("all are taken in", lambda: len(trial.jobs()) == arguments.jobs, 1800)
        restarts = [arguments.jobs // 2, arguments.jobs // 4]
        while left := studio.open():
            time.sleep(chance.random() * arguments.lease / 2)
            number = chance.randrange(len(workers))
            deed = chance.choice(["kill", "freeze", "stop", "cut", "nothing"])
            if restarts and left <= restarts[0]:
                restarts.pop(0)
                database.restart()
                counts["restarts of the database"] += 1
            elif deed == "kill":
                workers[number].kill()
                workers[number].wait()
                workers[number] = studio.begin("worker", **reach[number])
                counts["workers killed"] += 1
            elif deed == "stop":
                workers[number].terminate()
                workers[number].wait()
                workers[number] = studio.begin("worker", **reach[number])
                counts["workers stopped and started"] += 1
            elif deed == "freeze":
                workers[number].send_signal(signal.SIGSTOP)
                time.sleep(arguments.lease * (0.5 + chance.random()))
                workers[number].send_signal(signal.SIGCONT)
                counts["workers frozen around the lease"] += 1
            elif deed == "cut":
                line.is_cut = True
                time.sleep(arguments.lease * (0.5 + 1.5 * chance.random()))
                line.is_cut = False
                counts["cuts"] += 1
            if time.monotonic() - began > 3600:
                raise Failure("%d jobs are left after an hour" % left)
        seconds = time.monotonic() - began
    finally:
        for process in [intake, *workers]:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in [intake, *workers]:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
    return judge(arguments, trial, vendor, database, counts, seconds)


def judge(arguments, trial, vendor, database, counts, seconds):
    print("%d jobs in %.0f s; %s" % (arguments.jobs, seconds,
                                     ", ".join("%d %s" % (count, what) for what, count in sorted(counts.items()))))
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
    with open(trial.log.name, "rb") as log:
        problems = collections.Counter(
            text[text.index(b"] ") + 2:][:60] if b"] " in text else text[:60] for text in log if b"Job " in text)
    for text, count in problems.most_common(5):
        print("log, %d times: %s" % (count, text.decode(errors="replace").strip()))
    return result


def throughput(arguments, trial):
    """How many jobs a second with 1 to 4 workers of one job at a time, and what the database does for one job."""
    arguments.jobs = arguments.jobs or 40
    vendor = Vendor(delay=arguments.delay)
    database = Database("-c", "shared_preload_libraries=pg_stat_statements", "-c", "pg_stat_statements.track=all")
    trial.settings = {**vendor.settings(), "SCENEHF_JOBS_AT_ONCE": "1"}
    database.ask("create extension pg_stat_statements")
    try:
        studio, number, alone = Studio(trial, database, 15), 0, None
        for count in (1, 2, 3, 4):
            intake = studio.begin("watch", "--intake-only")
            trial.wait("the root is there", lambda: os.path.isdir(trial.path("inbox")))
            for number in range(number, number + arguments.jobs):
                trial.drop(number)
            number += 1
            trial.wait("all are taken in", lambda: len(trial.jobs()) == number and not trial.inbox())
            database.ask("select pg_stat_statements_reset()")
            before = os.times()
            workers = [studio.begin("worker") for _ in range(count)]
            trial.wait("they begin", lambda: studio.open() < arguments.jobs)
            begin, left = time.monotonic(), studio.open()
            trial.wait("all are done", lambda: not studio.open())
            rate = left / (time.monotonic() - begin)
            spent = database.ask("select round(sum(total_exec_time)::numeric, 1), sum(calls) from pg_stat_statements "
                                 "where query like '%scenehf%'").split("|")
            for process in [intake, *workers]:
                process.terminate()
                process.wait()
            after = os.times()
            seconds = after.children_user + after.children_system - before.children_user - before.children_system
            alone = alone or rate
            print("%d workers: %.2f jobs a second, %.2f of linear; %.2f ms of database time and %.1f statements a job; "
                  "%.2f s of processor time a job" % (count, rate, rate / alone / count,
                                                     float(spent[0]) / arguments.jobs, int(spent[1]) / arguments.jobs,
                                                     seconds / arguments.jobs))
        return 0
    finally:
        database.stop()
        vendor.stop()

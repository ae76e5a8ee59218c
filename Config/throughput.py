"""How the work grows with the workers, and what the queue costs. Used by Config/torture.py."""
import os, time

from studio import Database, Studio
from trial import Vendor, png

# Without the trial's own question.
DATABASE_TIME = """select round(sum(total_exec_time)::numeric, 1), sum(calls) from pg_stat_statements
    where query like '%scenehf%' and query <> 'select count(*) from scenehf_job'"""


def throughput(arguments, trial):
    """Jobs a second with 1 to 4 workers of one job at a time, and what the database does for one job. Each worker has as
    many jobs, so that the end of the line weighs the same."""
    arguments.jobs = arguments.jobs or 40
    # All pictures look alike and so get one answer: the vendor computes nothing while it is measured.
    vendor = Vendor(delay=arguments.delay, remembers=True)
    database = Database("-c", "shared_preload_libraries=pg_stat_statements", "-c", "pg_stat_statements.track=all")
    trial.settings = {**vendor.settings(), "SCENEHF_JOBS_AT_ONCE": "1"}
    database.ask("create extension pg_stat_statements")
    try:
        studio, alone = Studio(trial, database, 15), None
        print("%d jobs for each worker, of two calls of %.1f s; load %.1f at the beginning" %
              (arguments.jobs, arguments.delay, os.getloadavg()[0]))
        for count in (1, 2, 3, 4):
            rate = measure(arguments, trial, studio, count, alone)
            alone = alone or rate
        return 0
    finally:
        database.stop()
        vendor.stop()


def measure(arguments, trial, studio, count, alone):
    """Prints one line; how many jobs a second were done."""
    database, all_jobs = studio.database, arguments.jobs * count
    before = len(trial.jobs())
    intake = studio.begin("watch", "--intake-only")
    trial.wait("the root is there", lambda: os.path.isdir(trial.path("inbox")))
    for number in range(before, before + all_jobs):
        trial.put(png(number, colour=b"\x50\x60\x70"), "picture %d.png" % number)
    trial.wait("all are taken in", lambda: len(trial.jobs()) == before + all_jobs and not trial.inbox())
    database.ask("select pg_stat_statements_reset()")
    spent = os.times()
    workers = [studio.begin("worker") for _ in range(count)]
    # The first job of each is longer: its process warms up.
    trial.wait("they are at work", lambda: studio.open() <= all_jobs - count)
    begin, left, ticks = time.monotonic(), studio.open(), processor()
    trial.wait("all are done", lambda: not studio.open())
    seconds, ticks = time.monotonic() - begin, [after - before for before, after in zip(ticks, processor())]
    milliseconds, statements = database.ask(DATABASE_TIME).split("|")
    for process in [intake, *workers]:
        process.terminate()
        process.wait()
    now, rate = os.times(), left / seconds
    own = now.children_user + now.children_system - spent.children_user - spent.children_system
    print("%d workers: %.2f jobs a second, %.2f of linear; %.2f ms of database time and %.1f statements a job; %.2f s of "
          "processor time a job; both cores were busy for %.0f%% of the time" %
          (count, rate, rate / (alone or rate) / count, float(milliseconds) / all_jobs, int(statements) / all_jobs,
           own / all_jobs, 100 * (1 - ticks[1] / ticks[0])), flush=True)
    return rate


def processor():
    """Clock ticks of all cores: in all, and idle."""
    with open("/proc/stat") as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    return sum(fields[:8]), fields[3] + fields[4]

"""Many jobs at once against slow services: how close the whole comes to what the waiting alone would take.

Each case is one run of `scenehf watch` on a fresh root: JOBS pictures are renamed into the inbox, and the clock stops
when the last job is done. The services are the fakes of the tests, which answer every call DELAY seconds late and
equal calls from memory, so that they take little of the machine. Ideal: the calls' delays alone, AT_ONCE side by side.
"""
import argparse
import json
import math
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

import summary

CASES = {
    # name: (settings, calls of each job that are waited for)
    "one call: the plan": ({"PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "local"}, 1),
    "three calls: plan, layer, plate": ({"PLANNER_PROVIDER": "gemini", "IMAGE_PROVIDER": "rembg,iopaint"}, 3),
}


class Fakes:
    def __init__(self, python, folder, delay):
        here = os.path.join(os.path.dirname(__file__), "../../Tests/FakeServices")
        subprocess.run(["bash", f"{here}/keys.sh", folder], check=True)
        environment = dict(os.environ, FAKE_DELAY=str(delay), FAKE_REMEMBERS="1")
        self.process = subprocess.Popen(
            [python, "-B", "-W", "ignore", f"{here}/vendors.py", f"{folder}/public.pem"], env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = json.loads(self.process.stdout.readline())["http"]

    def settings(self):
        base = f"http://127.0.0.1:{self.port}/ok"
        return {"GEMINI_BASE_URL": f"{base}/gemini", "REMBG_URL": f"{base}/rembg", "IOPAINT_URL": f"{base}/iopaint",
                "GOOGLE_API_KEY": "key-0123456789", "NO_GCE_CHECK": "true"}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def cpu(pid):
    """Seconds of CPU time and the largest resident size in MB of a process so far."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    peak = next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024


def done(root):
    try:
        return sum(not name.startswith(".") for name in os.listdir(f"{root}/done"))
    except FileNotFoundError:
        return 0


def run(options, settings, picture, jobs, at_once):
    """Seconds from the first rename into the inbox to the last job done, CPU seconds, peak MB."""
    with tempfile.TemporaryDirectory(prefix="scenehf-bench-", dir=options.folder) as folder:
        root = f"{folder}/root"
        environment = {"HOME": folder, "PATH": os.environ["PATH"], "STORAGE_ROOT": root,
                       "SCENEHF_ENGINE_DIR": f"{folder}/none", "SCENEHF_JOBS_AT_ONCE": str(at_once),
                       "SCENEHF_MAX_CALLS_PER_DAY": "1000000"} | settings
        log = open(f"{folder}/log", "w+")
        service = subprocess.Popen([options.scenehf, "watch"], env=environment, stderr=log)
        try:
            while "Watching" not in open(f"{folder}/log").read():
                time.sleep(0.05)
            for number in range(jobs):
                shutil.copy(picture, f"{folder}/{number}.png")
            start, spent = time.monotonic(), cpu(service.pid)[0]
            for number in range(jobs):
                os.rename(f"{folder}/{number}.png", f"{root}/inbox/{number}.png")
            while done(root) < jobs:
                assert service.poll() is None, open(f"{folder}/log").read()[-2000:]
                assert time.monotonic() - start < 600, open(f"{folder}/log").read()[-2000:]
                time.sleep(0.02)
            seconds = time.monotonic() - start
            total, peak = cpu(service.pid)
            return seconds, total - spent, peak
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait()


def line(name, at_once, ideal, results):
    times = sorted(result[0] for result in results)
    median = statistics.median(times)
    return (f"| {name} | {at_once} | {ideal:.1f} | {median:.2f} ({times[0]:.2f} to {times[-1]:.2f}) | {median / ideal:.2f} "
            f"| {statistics.median(r[1] for r in results):.1f} | {max(r[2] for r in results):.0f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenehf", required=True)
    parser.add_argument("--python", required=True, help="one that has the vendors' libraries")
    parser.add_argument("--picture", required=True)
    parser.add_argument("--folder", help="where the roots are made; default: the temporary folder")
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--at-once", default="2,8,50", help="settings of jobs_at_once; the program's own is 2")
    parser.add_argument("--delay", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", default="", help="only the cases whose name begins so")
    parser.add_argument("--table", help="where the table is written")
    options = parser.parse_args()
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    say(f"{options.jobs} jobs, {options.delay} s a call, {os.cpu_count()} cores; median of {options.rounds} (range). "
        "Ideal: the delays alone.\n")
    say("| Each job makes | at once | ideal s | s | ratio | CPU s | peak MB |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="scenehf-bench-") as folder:
        fakes = Fakes(options.python, folder, options.delay)
        try:
            for name, (own, calls) in CASES.items():
                if not name.startswith(options.case):
                    continue
                settings = fakes.settings() | own
                run(options, settings, options.picture, 1, 1)  # what the fakes answer is known from here on
                for at_once in map(int, options.at_once.split(",")):
                    say(line(name, at_once, math.ceil(options.jobs / at_once) * calls * options.delay, [
                        run(options, settings, options.picture, options.jobs, at_once) for _ in range(options.rounds)]))
        finally:
            fakes.stop()
        fakes = Fakes(options.python, folder, 1)
        try:
            settings, calls = CASES["one call: the plan"]
            settings = fakes.settings() | settings
            run(options, settings, options.picture, 1, 1)
            results = [run(options, settings, options.picture, 200, 50) for _ in range(options.rounds)]
        finally:
            fakes.stop()
        seconds, peak = statistics.median(r[0] for r in results), max(r[2] for r in results)
        used = statistics.median(r[1] for r in results)
        summary.note("services", [(
            "200 jobs, a service of 1 s, 50 at once", f"{seconds:.1f} s, {peak:.0f} MB, {used:.1f} CPU s", "the delays alone 4.0 s",
            f"{seconds / 4:.2f}", "≤ 1.15, 250 MB")])
    if options.table and not options.case:
        with open(options.table, "w") as table:
            table.write("\n".join(lines) + "\n")


main()

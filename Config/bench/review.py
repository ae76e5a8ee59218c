#!/usr/bin/env python3
"""How soon a save in a review folder starts its run, while many faces are under review.

Called by Config/bench.sh. The start is the time of the step's RUNNING event in the job's events.ndjson, so that no
polling blurs it. The settle time, in which further saves are waited for, is taken off.
"""
import argparse, datetime, glob, json, os, random, signal, statistics, subprocess, tempfile, time

import drops

SETTLE = 0.3


class Studio:
    """A running service on a root of its own, with a number of pictures under review."""

    def __init__(self, scenehf, root, faces):
        self.root = root
        # Without its network the embedded engine takes milliseconds a picture, so that the way to it is measured.
        settings = dict(
            STORAGE_ROOT=root, HOME=root, SCENEHF_ENGINE_DIR=root + ".engine", SCENEHF_MAX_NONWHITE="0.02",
            SCENEHF_ATTEMPTS="1", SCENEHF_MAX_CALLS_PER_JOB="1000", SCENEHF_MAX_CALLS_PER_DAY="1000000",
            PATH=os.environ["PATH"])
        self.process = subprocess.Popen([scenehf, "watch"], env=settings, stderr=subprocess.DEVNULL)
        self.until(lambda: os.path.isdir(f"{root}/.scenehf/requests"))
        for number in range(faces):
            with open(f"{root}/aside.png", "wb") as file:
                file.write(drops.png(number))
            os.rename(f"{root}/aside.png", f"{root}/inbox/picture {number}.png")
        self.until(lambda: len(self.edit_files()) == faces)

    def until(self, holds, seconds=300):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("waited in vain")
            time.sleep(0.02)

    def edit_files(self):
        return glob.glob(f"{self.root}/review/*/02-*.yaml")

    def events(self, edit_file):
        job = edit_file.split("/")[-2].rsplit("--", 1)[1]
        (path,) = glob.glob(f"{self.root}/jobs/{job}*/events.ndjson")
        return [json.loads(line) for line in open(path)]

    def starts(self, edit_file):
        """When the runs of the step began, in seconds since 1970."""
        return [
            datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()
            for event in self.events(edit_file) if event.get("step_id") == "s02" and event.get("status") == "RUNNING"]

    def is_at_rest(self, edit_file):
        return self.events(edit_file)[-1].get("status") == "PAUSED"

    def save(self, edit_file, words):
        """As most editors do: written beside, then renamed. The time of the rename comes back."""
        with open(edit_file + "~", "w") as file:
            file.write(f"action: retry\nprompt: {words}\n")
        os.rename(edit_file + "~", edit_file)
        return time.time()

    def processor_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def measure(studio, saves):
    """One save after the other, in faces chosen by chance: milliseconds beyond the settle time."""
    dice, times = random.Random(1), []
    for number in range(saves):
        edit_file = dice.choice(studio.edit_files())
        before = len(studio.starts(edit_file))
        saved = studio.save(edit_file, f"words {number}")
        studio.until(lambda: len(studio.starts(edit_file)) > before)
        times.append((studio.starts(edit_file)[before] - saved - SETTLE) * 1000)
        studio.until(lambda: studio.is_at_rest(edit_file))
    return times


def flood(studio):
    """A save in every face at once: seconds until all have run, and how many ran once."""
    files = studio.edit_files()
    before = {file: len(studio.starts(file)) for file in files}
    begin = time.time()
    for file in files:
        studio.save(file, "all at once")
    studio.until(lambda: all(len(studio.starts(file)) > before[file] and studio.is_at_rest(file) for file in files))
    return time.time() - begin, sum(len(studio.starts(file)) - before[file] == 1 for file in files)


parser = argparse.ArgumentParser()
parser.add_argument("--scenehf", required=True)
parser.add_argument("--table", required=True)
parser.add_argument("--faces", type=int, default=100)
parser.add_argument("--saves", type=int, default=100)
options = parser.parse_args()
with tempfile.TemporaryDirectory(prefix="scenehf-bench-") as scratch:
    studio = Studio(options.scenehf, f"{scratch}/root", options.faces)
    try:
        time.sleep(2)
        used = studio.processor_seconds()
        time.sleep(20)
        idle = (studio.processor_seconds() - used) / 20 * 100
        used = studio.processor_seconds()
        times = sorted(measure(studio, options.saves))
        each = (studio.processor_seconds() - used) / options.saves * 1000
        seconds, once = flood(studio)
        memory = studio.memory()
    finally:
        studio.stop()
text = f"""Measured {datetime.date.today()} on {os.cpu_count()} cores with `bash Config/bench.sh review`: {options.faces} faces under review, {options.saves} saves.

| From a save to the step's run, beyond the settle time of {int(SETTLE * 1000)} ms | |
|---|---|
| median | {statistics.median(times):.0f} ms |
| 95 of 100 | {times[int(0.95 * (len(times) - 1))]:.0f} ms |
| slowest | {times[-1]:.0f} ms |
| processor time of a save and its run | {each:.0f} ms |
| a save in all {options.faces} faces at once: all have run after | {seconds:.1f} s |
| of these, run exactly once | {once} |
| processor when nothing happens | {idle:.2f}% |
| memory | {memory:.0f} MB |
"""
open(options.table, "w").write(text)
print(text)

#!/usr/bin/env python3
"""How soon a dropped file is a durable job, and how many a second, beside what people write by hand.

Called by Config/bench.sh. Each tool gets the same pictures, renamed into its inbox, and tells by a folder that is
renamed into `jobs/` once its job.json is synced. Rounds are interleaved; the table shows medians and spread.
"""
import argparse, datetime, hashlib, os, shutil, signal, statistics, subprocess, sys, tempfile, time

import drops
import summary

HERE = os.path.dirname(os.path.abspath(__file__))


class Tool:
    """A running tool on a root of its own."""

    def __init__(self, name, command, root, **environment):
        self.name, self.root = name, root
        os.makedirs(root)
        kept = {key: value for key, value in os.environ.items() if not key.endswith("_KEY")}
        self.process = subprocess.Popen(
            command, env={**kept, **environment}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def wait_ready(self):
        while not all(os.path.isdir(f"{self.root}/{name}") for name in ["inbox", "jobs"]):
            time.sleep(0.05)
        time.sleep(1)
        self.jobs = drops.Listener(f"{self.root}/jobs")
        return self

    def drop(self, number):
        aside = f"{self.root}/aside.png"
        with open(aside, "wb") as file:
            file.write(drops.png(number))
            os.fsync(file.fileno())
        start = time.perf_counter()
        os.rename(aside, f"{self.root}/inbox/picture {number}.png")
        return start

    def latency(self, number):
        start = self.drop(number)
        return (self.jobs.wait()[1] - start) * 1000

    def burst(self, count):
        """Files a second from the first rename to the last job."""
        aside = f"{self.root}/aside"
        os.makedirs(aside)
        for number in range(count):
            with open(f"{aside}/{number}.png", "wb") as file:
                file.write(drops.png(number))
        start, arrived = time.perf_counter(), 0
        for number in range(count):
            os.rename(f"{aside}/{number}.png", f"{self.root}/inbox/{number}.png")
        while arrived < count:
            more, now = self.jobs.wait()
            arrived += more
        return count / (now - start)

    def peak(self):
        """Largest resident memory so far, in megabytes."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def sources(self):
        """The fingerprints of all pictures that lie in jobs."""
        found = []
        for folder, _, names in os.walk(f"{self.root}/jobs"):
            if folder.endswith("assets/source") or "source.png" in names:
                found += [hashlib.sha256(open(f"{folder}/{name}", "rb").read()).hexdigest()
                          for name in names if name.endswith(".png")]
        return found

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.jobs.close()


def scenehf(options, root, cores=None):
    # Without its network the embedded engine takes milliseconds a picture, so that the intake is what is measured.
    command = [*(["taskset", "--cpu-list", "0"] if cores == 1 else []), options.scenehf, "watch"]
    return Tool("SceneHF on one core" if cores == 1 else "SceneHF", command, root, STORAGE_ROOT=root, SCENEHF_ENGINE_DIR=root + ".engine").wait_ready()


def watchdog(root, *arguments):
    command = [sys.executable, f"{HERE}/watchdog_peer.py", root, *arguments]
    return Tool("watchdog", command, root).wait_ready()


def bare_writes(folder, rounds):
    """What the disk itself takes for a job: the renames, a synced file and its synced folders. Milliseconds."""
    os.makedirs(f"{folder}/jobs")
    times = []
    for number in range(rounds):
        with open(f"{folder}/{number}.png", "wb") as file:
            file.write(drops.png(number))
            os.fsync(file.fileno())
        start = time.perf_counter()
        os.mkdir(f"{folder}/body{number}")
        os.rename(f"{folder}/{number}.png", f"{folder}/body{number}/source.png")
        drops.durable(f"{folder}/body{number}/job.json", b"{}" * 600)
        os.rename(f"{folder}/body{number}", f"{folder}/jobs/{number}")
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.02)
    return times


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure_latency(options, scratch):
    tools = [scenehf(options, f"{scratch}/one"), watchdog(f"{scratch}/two")]
    times = {tool.name: [] for tool in tools}
    for number in range(options.drops):
        for tool in tools:
            times[tool.name].append(tool.latency(number))
            time.sleep(0.1)
    for tool in tools:
        tool.stop()
    stable = watchdog(f"{scratch}/three", "--stable", "5")
    times["a 5 s stability rule"] = [stable.latency(number) for number in range(2)]
    stable.stop()
    times["the disk alone"] = bare_writes(f"{scratch}/four", options.drops)
    return times


def measure_bursts(options, scratch):
    rows = []
    expected = {hashlib.sha256(drops.png(number)).hexdigest() for number in range(options.burst)}
    for turn in range(options.rounds):
        for start in [lambda root: scenehf(options, root), watchdog, lambda root: scenehf(options, root, cores=1)]:
            root = f"{scratch}/burst"
            tool = start(root)
            rate = tool.burst(options.burst)
            peak = tool.peak()
            tool.stop()
            found = tool.sources()
            rows.append((tool.name, rate, peak, len(expected - set(found)), len(found) - len(set(found))))
            print(*rows[-1], file=sys.stderr)
            shutil.rmtree(root)
    return rows


def table(options, times, bursts):
    lines = [
        f"Measured {datetime.date.today()} on {os.cpu_count()} cores with `bash Config/bench.sh intake`: "
        f"{options.drops} drops, {options.rounds} bursts of {options.burst} files each, interleaved.", "",
        "| From rename to a durable job.json | median | 99 of 100 | ratio of medians |", "|---|---|---|---|",
    ]
    own = statistics.median(times["SceneHF"])
    for name, values in times.items():
        median = statistics.median(values)
        ratio = "" if name == "SceneHF" else f"{median / own:.2f}"
        lines.append(f"| {name} | {median:.1f} ms | {quantile(values, 0.99):.1f} ms | {ratio} |")
    lines += ["", "| Burst | files a second | ratio | memory | lost | doubled |", "|---|---|---|---|---|---|"]
    own = statistics.median(row[1] for row in bursts if row[0] == "SceneHF")
    for name in ["SceneHF", "SceneHF on one core", "watchdog"]:
        rates = [row[1] for row in bursts if row[0] == name]
        rate, peak = statistics.median(rates), max(row[2] for row in bursts if row[0] == name)
        lost, doubled = (sum(row[i] for row in bursts if row[0] == name) for i in [3, 4])
        ratio = "" if name == "SceneHF" else f"{rate / own:.2f}"
        lines.append(f"| {name} | {rate:.0f} ({min(rates):.0f} to {max(rates):.0f}) | {ratio} | {peak:.0f} MB | {lost} | {doubled} |")
    return "\n".join(lines) + "\n"


def in_short(times, bursts):
    median = {name: statistics.median(values) for name, values in times.items()}
    own = median["SceneHF"]
    rate = {name: statistics.median(row[1] for row in bursts if row[0] == name) for name in {row[0] for row in bursts}}
    peak = max(row[2] for row in bursts if row[0].startswith("SceneHF"))
    lost = sum(row[3] + row[4] for row in bursts if row[0].startswith("SceneHF"))
    return [
        ("rename to durable job, median (99 of 100)", f"{own:.1f} ms ({quantile(times['SceneHF'], 0.99):.0f})",
         f"the disk alone {median['the disk alone']:.1f} ms", f"{own / median['the disk alone']:.2f}", "≤ 1.5"),
        ("the same", f"{own:.1f} ms", f"watchdog {median['watchdog']:.1f} ms; a 5 s rule "
         f"{median['a 5 s stability rule']:.0f} ms", f"{median['watchdog'] / own:.1f} and "
         f"{median['a 5 s stability rule'] / own:.0f} times as fast", "100 times"),
        (f"burst of {options.burst:,} files", f"{rate['SceneHF']:.0f} files/s, {peak:.0f} MB, {lost} lost or doubled; "
         f"{rate['SceneHF on one core']:.0f} on one core", f"watchdog {rate['watchdog']:.0f} files/s",
         f"{rate['SceneHF'] / rate['watchdog']:.2f} times as fast", "3 times, 150 MB, 0"),
    ]


parser = argparse.ArgumentParser()
parser.add_argument("--scenehf", required=True)
parser.add_argument("--table", required=True)
parser.add_argument("--drops", type=int, default=200)
parser.add_argument("--burst", type=int, default=10_000)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()
with tempfile.TemporaryDirectory(prefix="scenehf-bench-") as scratch:
    times, bursts = measure_latency(options, scratch), measure_bursts(options, scratch)
text = table(options, times, bursts)
summary.note("intake", in_short(times, bursts))
open(options.table, "w").write(text)
print(text)

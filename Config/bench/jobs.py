#!/usr/bin/env python3
"""What finished jobs cost a service: the start, a minute of rest, a drop, `status`. Called by Config/bench.sh."""
import argparse, datetime, errno, json, os, shutil, signal, statistics, subprocess, sys, tempfile, time, uuid

import drops
import summary


class Service:
    """The program on a root that is there already."""

    def __init__(self, program, root):
        self.program, self.root = program, root
        kept = {key: value for key, value in os.environ.items() if not key.endswith("_KEY")}
        # Without its network the embedded engine separates plain backgrounds.
        self.environment = {**kept, "STORAGE_ROOT": root, "SCENEHF_ENGINE_DIR": "/nowhere"}

    def put(self, number):
        """A picture into the inbox."""
        aside = os.path.join(self.root, "aside.png")
        with open(aside, "wb") as file:
            file.write(drops.png(number))
        os.rename(aside, os.path.join(self.root, "inbox", "picture %d.png" % number))

    def start_until_accepted(self, number):
        """Seconds from the start to the durable job of a picture that lies in the inbox already."""
        self.put(number)
        jobs = drops.Listener(os.path.join(self.root, "jobs"))
        begin = time.perf_counter()
        self.process = subprocess.Popen([self.program, "watch"], env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        _, now = jobs.wait()
        jobs.close()
        return now - begin

    def start(self):
        """Seconds until it watches."""
        begin = time.perf_counter()
        self.process = subprocess.Popen([self.program, "watch"], env=self.environment, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "Watching " in line:
                return time.perf_counter() - begin
        raise SystemExit("the service ended by itself")

    def drop(self, number):
        """Seconds until the picture is done."""
        begin, known = time.perf_counter(), len(os.listdir(os.path.join(self.root, "done")))
        self.put(number)
        while len(os.listdir(os.path.join(self.root, "done"))) == known:
            time.sleep(0.01)
        return time.perf_counter() - begin

    def processor(self):
        """Seconds of processor time so far."""
        with open("/proc/%d/stat" % self.process.pid) as file:
            ticks = file.read().rsplit(")", 1)[1].split()
        return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Resident MB now."""
        with open("/proc/%d/status" % self.process.pid) as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))

    def wakeups(self):
        """How often its threads have gone to sleep so far."""
        total = 0
        for task in os.listdir("/proc/%d/task" % self.process.pid):
            with open("/proc/%d/task/%s/status" % (self.process.pid, task)) as file:
                total += next(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt"))
        return total

    def status(self):
        begin = time.perf_counter()
        subprocess.run([self.program, "status", "--json"], env=self.environment, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def link(source, target):
    """A further name for a file; from a new copy on where it has as many as the disk allows (65,000 on ext4)."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno != errno.EMLINK:
            raise
        shutil.copyfile(source, target)
        os.link(target, source + ".new")
        os.replace(source + ".new", source)


def multiply(root, count):
    """Copies the one finished job until there are `count`: own folders and job.json, the pictures shared."""
    body = os.path.join(root, "jobs", next(name for name in os.listdir(os.path.join(root, "jobs")) if name[0] != "."))
    with open(os.path.join(body, "job.json")) as file:
        text = file.read()
    old = json.loads(text)
    face = os.path.join(root, "done", old["metadata"]["face"])
    stem = old["metadata"]["face"][:-8]
    for number in range(len(os.listdir(os.path.join(root, "jobs"))), count):
        new = str(uuid.UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC834) % (1 << 128)))
        target = os.path.join(root, "jobs", new)
        shutil.copytree(body, target, copy_function=link)
        os.remove(os.path.join(target, "job.json"))
        with open(os.path.join(target, "job.json"), "w") as file:
            file.write(text.replace(old["id"], new).replace(old["metadata"]["face"], stem + new[:8]))
        shutil.copytree(face, os.path.join(root, "done", stem + new[:8]), copy_function=link)


def measure(service, number):
    """The cells of a row: medians of five for what is quick."""
    cold = service.start()
    service.stop()
    starts = []
    for turn in range(5):
        starts.append(service.start_until_accepted(number + turn))
        time.sleep(3)
        service.stop()
    service.start()
    time.sleep(20)
    rest, before, woken = service.memory(), service.processor(), service.wakeups()
    time.sleep(60)
    idle, woken = service.processor() - before, service.wakeups() - woken
    drop = service.drop(number + 5)
    status = statistics.median(service.status() for _ in range(5))
    service.stop()
    return (cold, statistics.median(starts), woken, idle, rest, drop, status)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenehf", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--counts", default="10000,100000")
    options = parser.parse_args()
    rows, found = [], {}
    with tempfile.TemporaryDirectory(prefix="scenehf-jobs-") as folder:
        service = Service(options.scenehf, os.path.join(folder, "root"))
        service.start()
        service.drop(0)
        service.stop()
        for count in [1] + [int(count) for count in options.counts.split(",")]:
            multiply(service.root, count)
            found[count] = measure(service, 10 * len(rows) + 1)
            rows.append("| %d | %.2f s | %.2f s | %d | %.2f s | %.0f MB | %.2f s | %.2f s |" % (count, *found[count]))
            print(rows[-1], flush=True)
    short = []
    for count, goal in [(10_000, "≤ 0.3 s"), (100_000, "≤ 2 s")]:
        if count in found:
            short.append(("start with %s finished jobs, to the first job" % format(count, ","), "%.2f s" % found[count][1],
                          "", "", goal))
    if 10_000 in found:
        short.append(("a minute at rest with 10,000", "%d wake-ups, %.2f CPU s, %.0f MB" % found[10_000][2:5], "", "",
                      "0 but the look around each half minute, 40 MB"))
    summary.note("jobs", short)
    with open(options.table, "w") as table:
        table.write("Measured %s on %d cores with `bash Config/bench.sh jobs`.\n\n" % (datetime.date.today(), os.cpu_count()))
        table.write("| Finished jobs | first start | start to first job | wake-ups in a minute at rest | its processor time "
                    "| memory at rest | a drop until done | `status --json` |\n|---|---|---|---|---|---|---|---|\n"
                    + "\n".join(rows) + "\n")


if __name__ == "__main__":
    sys.exit(main())

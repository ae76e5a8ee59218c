#!/usr/bin/env python3
"""The HTTP face in numbers: requests, events to many listeners, memory, stopping, and what listeners cost the work.

Called by Config/bench.sh. All on one machine over loopback; the clients share its cores with the server.
"""
import argparse, asyncio, datetime, json, os, re, signal, statistics, subprocess, sys, tempfile, time, urllib.request

import drops

# Pictures on white have no plate to make.
GREY = b"\x78\x8c\xa0"
HERE = os.path.dirname(os.path.abspath(__file__))


class Server:
    """A running server; `ask` sends a request and returns the JSON that comes back."""

    def __init__(self, command, port, **environment):
        kept = {key: value for key, value in os.environ.items() if not key.endswith("_KEY")}
        self.port = port
        self.process = subprocess.Popen(command, env={**kept, **environment}, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.ask("GET", "/api/jobs")
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"{command[0]} does not answer")

    def ask(self, method, path, body=None, kind="application/json"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, method=method)
        if body:
            request.add_header("Content-Type", kind)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def memory(self):
        """Resident, in megabytes."""
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read())[1]) / 1024

    def processor(self):
        """Processor time so far, in seconds."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """How long it takes from SIGTERM to its end, in milliseconds."""
        start = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return (time.perf_counter() - start) * 1000


class Listeners:
    """Clients of the event stream, which note when each has heard something."""

    def __init__(self, port, count):
        self.port, self.count, self.times, self.tasks = port, count, {}, []

    async def __aenter__(self):
        ready = asyncio.Semaphore(0)
        self.tasks = [asyncio.create_task(self.listen(number, ready)) for number in range(self.count)]
        for _ in range(self.count):
            await ready.acquire()
        return self

    async def listen(self, number, ready):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"event: snapshot"):
                ready.release()
            elif line.startswith(b"event:"):
                self.times.setdefault(number, time.perf_counter())

    async def hear(self, change):
        """Milliseconds from just before `change` until each has heard of it."""
        await asyncio.sleep(0.1)
        self.times.clear()
        start = time.perf_counter()
        await asyncio.to_thread(change)
        while len(self.times) < self.count:
            await asyncio.sleep(0.005)
        return [(heard - start) * 1000 for heard in self.times.values()]

    async def __aexit__(self, *_):
        for task in self.tasks:
            task.cancel()


def scenehf(options, root):
    # Without its network the embedded engine takes milliseconds a picture, so that the face is what is measured.
    port = drops.free_port()
    command = [options.scenehf, "watch", "--http", f"127.0.0.1:{port}"]
    return Server(command, port, STORAGE_ROOT=root, SCENEHF_ENGINE_DIR=root + ".engine")


def upload(server, picture, name):
    body = (b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n'
            + picture + b"\r\n--edge--\r\n")
    return server.ask("POST", "/api/jobs", body, "multipart/form-data; boundary=edge")


def settled(server, count):
    """Waits until so many jobs have settled, and returns them."""
    while True:
        jobs = server.ask("GET", "/api/jobs?limit=500")
        if len(jobs) >= count and all(job["status"] in ("DONE", "PAUSED", "FAILED") for job in jobs):
            return jobs
        time.sleep(0.05)


def requests(options, server, paths):
    """Requests a second by 32 connections, and a second of the server's processor time, for each path."""
    rates = {}
    for name, path in paths.items():
        before = server.processor()
        said = subprocess.run(
            [options.wrk, "-t1", "-c32", f"-d{options.seconds}s", f"http://127.0.0.1:{server.port}{path}"],
            capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in said:
            raise RuntimeError(said)
        count = int(re.search(r"(\d+) requests in", said)[1])
        rates[name] = (float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), count / (server.processor() - before))
    return rates


async def events(options, server, change, count):
    """All the times it took listeners to hear, memory with them, and the time to stop with all of them listening."""
    async with Listeners(server.port, count) as listeners:
        times = [time for number in range(options.changes) for time in await listeners.hear(lambda: change(number))]
        memory = server.memory()
        stop = await asyncio.to_thread(server.stop)
    return times, memory, stop


def changed(server, job, step):
    path = f"/api/jobs/{job}/steps/{step}"
    return lambda number: server.ask("PATCH", path, json.dumps({"custom_prompt": f"words {number}"}).encode())


def hands(server, root, job, step, rounds):
    """Milliseconds from a change by one hand until the other has it: page to edit file, edit file to page."""
    face = f"{root}/review/{job['face']}"
    edit = next(f"{face}/{name}" for name in os.listdir(face) if name.endswith(".yaml"))
    there, back = [], []
    for number in range(rounds):
        start = time.perf_counter()
        changed(server, job["id"], step)(number)
        while f"words {number}\n" not in open(edit).read():
            time.sleep(0.001)
        there.append((time.perf_counter() - start) * 1000)
    # From here on the file is the person's, and no change on the page touches it.
    text = open(edit).read()
    for number in range(rounds):
        start, words = time.perf_counter(), f"by the file {number}"
        open(edit, "w").write(text.replace(f"words {rounds - 1}", words))
        while words not in json.dumps(server.ask("GET", f"/api/jobs/{job['id']}")):
            time.sleep(0.001)
        back.append((time.perf_counter() - start) * 1000)
        settled(server, 1)
    return there, back


async def work(options, scratch, listeners, turn):
    """Wall and processor seconds for a number of pictures while so many listen."""
    server = scenehf(options, f"{scratch}/work{turn}-{listeners}")
    async with Listeners(server.port, listeners):
        start, before = time.perf_counter(), server.processor()
        for number in range(options.jobs):
            await asyncio.to_thread(upload, server, drops.png(number, ground=GREY), f"{number}.png")
        await asyncio.to_thread(settled, server, options.jobs)
        taken = (time.perf_counter() - start, server.processor() - before)
    server.stop()
    return taken


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(options, scratch):
    root = f"{scratch}/one"
    ours = scenehf(options, root)
    for number in range(20):
        upload(ours, drops.png(number, ground=GREY), f"{number}.png")
    upload(ours, drops.png(99, margin=3, ground=GREY), "large.png")
    jobs = settled(ours, 21)
    waits = next(job for job in jobs if job["status"] == "PAUSED")
    step = next(step["id"] for step in waits["steps"] if step["status"] == "NEEDS_REVIEW")
    listing, page = f"{scratch}/jobs.json", f"{HERE}/../../Sources/Serving/Page/app.js"
    json.dump(jobs, open(listing, "w"))
    rates = requests(options, ours, {
        "list of 21 jobs": "/api/jobs", "one job, from the disk": f"/api/jobs/{waits['id']}",
        "a picture": f"/api/jobs/{waits['id']}/assets/{waits['source_image']}", "a file of the page": "/page/app.js"})
    there, back = hands(ours, root, waits, step, 10)
    ours.stop()
    ours = scenehf(options, root)
    idle = ours.memory()
    heard = asyncio.run(events(options, ours, changed(ours, waits["id"], step), 100))

    port = drops.free_port()
    peer = Server([sys.executable, f"{HERE}/page_peer.py", str(port), listing, page], port)
    peer_rates = requests(options, peer, {"list of 21 jobs": "/api/jobs", "a file of the page": "/file"})
    peer_idle = peer.memory()
    told = asyncio.run(events(
        options, peer, lambda number: peer.ask("POST", "/change", json.dumps({"number": number}).encode()), 100))

    runs = {count: [] for count in (0, 200)}
    for turn in range(3):
        for count in runs:
            runs[count].append(asyncio.run(work(options, scratch, count, turn)))
    return (rates, idle, heard), (peer_rates, peer_idle, told), (there, back), runs


def table(options, ours, peer, hands, runs):
    lines = [
        f"Measured {datetime.date.today()} on {os.cpu_count()} cores with `bash Config/bench.sh page`; clients and server "
        "share them.", "",
        "| Requests a second, 32 connections | SceneHF | FastAPI | per second of its processor time | |",
        "|---|---|---|---|---|"]
    for name, (rate, each) in ours[0].items():
        other = peer[0].get(name)
        lines.append(f"| {name} | {rate:,.0f} | {f'{other[0]:,.0f}' if other else ''} | {each:,.0f} | "
                     f"{f'{other[1]:,.0f}' if other else ''} |")
    lines += ["", "| 100 listeners | SceneHF | FastAPI |", "|---|---|---|"]
    rows = [
        ("a change until all have heard, median", lambda it: f"{statistics.median(it[2][0]):.1f} ms"),
        ("… 99 of 100", lambda it: f"{quantile(it[2][0], 0.99):.1f} ms"),
        ("memory, with nobody and with 100", lambda it: f"{it[1]:.0f} MB, {it[2][1]:.0f} MB"),
        ("SIGTERM until the process is gone, all told", lambda it: f"{it[2][2]:.0f} ms")]
    lines += [f"| {name} | {form(ours)} | {form(peer)} |" for name, form in rows]
    lines += ["", "FastAPI keeps its changes in memory; SceneHF's are on the disk before anybody hears of them.", "",
              "| From one hand to the other | median | most |", "|---|---|---|"]
    for name, times in zip(("a change on the page is in the edit file", "a saved edit file is a run on the page"), hands):
        lines.append(f"| {name} | {statistics.median(times):.0f} ms | {max(times):.0f} ms |")
    lines += ["", f"| {options.jobs} pictures from upload to done | seconds | processor seconds |", "|---|---|---|"]
    for count, taken in runs.items():
        wall, processor = (statistics.median(run[part] for run in taken) for part in (0, 1))
        lines.append(f"| {f'{count} listeners' if count else 'nobody listens'} | {wall:.2f} | {processor:.2f} |")
    return "\n".join(lines) + "\n"


parser = argparse.ArgumentParser()
parser.add_argument("--scenehf", required=True)
parser.add_argument("--wrk", required=True)
parser.add_argument("--table", required=True)
parser.add_argument("--seconds", type=int, default=5)
parser.add_argument("--changes", type=int, default=50)
parser.add_argument("--jobs", type=int, default=60)
options = parser.parse_args()
with tempfile.TemporaryDirectory(prefix="scenehf-bench-") as scratch:
    text = table(options, *measure(options, scratch))
open(options.table, "w").write(text)
print(text)

#!/usr/bin/env python3
"""What people write by hand: watchdog tells of a file, it is moved aside, and a job.json is written durably.

    watchdog_peer.py ROOT [--stable SECONDS]    with the rule "its size has not changed for so long"
"""
import argparse, json, os, time, uuid

from watchdog.events import FileSystemEventHandler
from watchdog.observers import Observer

import drops


class Handler(FileSystemEventHandler):
    def __init__(self, root, stable):
        self.root, self.stable = root, stable

    def on_created(self, event):
        self.take(event.src_path)

    def on_moved(self, event):
        self.take(event.dest_path)

    def take(self, path):
        size = -1
        while self.stable and size != (size := os.path.getsize(path)):
            time.sleep(self.stable)
        job = str(uuid.uuid4())
        staged, body = f"{self.root}/staging/{job}", f"{self.root}/jobs/{job}"
        os.makedirs(staged)
        os.rename(path, f"{staged}/source.png")
        drops.durable(f"{staged}/job.json", json.dumps({"id": job, "status": "IDLE", "source": os.path.basename(path)}).encode())
        os.rename(staged, body)
        drops.sync_folder(f"{self.root}/jobs")


parser = argparse.ArgumentParser()
parser.add_argument("root")
parser.add_argument("--stable", type=float, default=0)
options = parser.parse_args()
for folder in ["inbox", "jobs", "staging"]:
    os.makedirs(f"{options.root}/{folder}", exist_ok=True)
observer = Observer()
observer.schedule(Handler(options.root, options.stable), f"{options.root}/inbox", recursive=True)
observer.start()
print("ready", flush=True)
observer.join()

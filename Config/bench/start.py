#!/usr/bin/env python3
"""Cold start: milliseconds from exec to exit, and which libraries of the engine and of HTTP were loaded. Called by Config/bench.sh."""
import argparse, os, statistics, subprocess, sys, tempfile, time

from PIL import Image

import summary

HEAVY = ["libonnxruntime", "libopencv", "libcurl"]


def milliseconds(command):
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def loaded(command):
    """Names of heavy libraries that the loader opened."""
    with tempfile.NamedTemporaryFile() as log:
        subprocess.run(["strace", "-f", "-qq", "-e", "trace=openat", "-o", log.name, *command], capture_output=True)
        text = open(log.name).read()
    return [name for name in HEAVY if name in text]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenehf", required=True)
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        layer = os.path.join(folder, "layer.png")
        Image.new("RGB", (64, 48), (255, 255, 255)).save(layer)
        for name, arguments in [("--help", ["--help"]), ("check of a small layer", ["check", layer, "--source", layer])]:
            command = [options.scenehf, *arguments]
            own, python = [], []
            for _ in range(30):
                own.append(milliseconds(command))
                python.append(milliseconds([sys.executable, "-c", "import PIL.Image"]))
            libraries = loaded(command) or ["none of the engine or of HTTP"]
            rows.append((f"cold start, `scenehf` {name}", f"{statistics.median(own):.1f} ms, loads {', '.join(libraries)}",
                         f"Python with Pillow {statistics.median(python):.0f} ms",
                         f"{statistics.median(python) / statistics.median(own):.1f} times as fast", "≤ 15 ms"))
            print(*rows[-1], sep=" | ")
    summary.note("start", rows)


main()

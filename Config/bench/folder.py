#!/usr/bin/env python3
"""Pictures a second through a folder, background removal alone, and how well they are cut out.

Called by Config/bench.sh. SceneHF runs as the service, with its checks, history and durable writes, and gets all
pictures at once in `inbox/cutout`; rembg gets the same folder. What each needs to load is taken out: SceneHF has done
one picture before, and of rembg's time that for a folder of one is subtracted.
"""
import argparse, datetime, glob, json, os, shutil, statistics, subprocess, sys, tempfile, time

from PIL import Image

import score
import summary


def scenes(folder):
    """The scenes of ordinary size, all 40 where the bench built them."""
    names = sorted(os.listdir(folder))
    return [name for name in names if json.load(open(f"{folder}/{name}/meta.json"))["kind"] != "large"]


class Service:
    """A running `scenehf watch` with the preset `cutout`."""

    def __init__(self, options, scratch, cores=None):
        scratch = f"{scratch}/{cores or 'all'}"
        self.root = f"{scratch}/root"
        os.makedirs(f"{scratch}/config/presets")
        open(f"{scratch}/config/scenehf.yaml", "w").write(f"storage_root: {self.root}\n")
        open(f"{scratch}/config/presets/cutout.yaml", "w").write("make: cutout\ncutout_max_nonwhite: 1\n")
        kept = {key: value for key, value in os.environ.items() if not key.endswith("_KEY")}
        kept.update(SCENEHF_ENGINE_DIR=options.engine, SCENEHF_MODEL=f"{options.engine}/u2netp.onnx")
        self.process = subprocess.Popen(
            [*(["taskset", "--cpu-list", "0"] if cores == 1 else []), options.scenehf, "watch", "--config",
             f"{scratch}/config/scenehf.yaml"], env=kept,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not os.path.isdir(f"{self.root}/inbox/cutout"):
            time.sleep(0.05)

    def settled(self):
        folders = ["done", "review", "rejected"]
        return sum(len([name for name in os.listdir(f"{self.root}/{folder}") if name[0] != "."]) for folder in folders)

    def seconds(self, pictures):
        """From the first rename to the last picture that has settled."""
        goal, start = self.settled() + len(pictures), time.perf_counter()
        for source, name in pictures:
            shutil.copy(source, f"{self.root}/aside.png")
            os.rename(f"{self.root}/aside.png", f"{self.root}/inbox/cutout/{name}.png")
        while self.settled() < goal:
            time.sleep(0.02)
        return time.perf_counter() - start

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def cutouts(self, turn):
        """The cut-outs of one round by scene."""
        found = {}
        for face in glob.glob(f"{self.root}/*/*-{turn}--*"):
            name = os.path.basename(face).split("-")[0]
            layers = glob.glob(f"{face}/*.cutout.png") or glob.glob(f"{face}/01-cutout.png")
            found[name] = score.alpha_of(layers[0]) if layers else None
        return found


def rembg(options, pictures, scratch):
    """Seconds of `rembg p` for these pictures, and their cut-outs by scene."""
    source, target = f"{scratch}/in", f"{scratch}/out"
    for folder in [source, target]:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
    for path, name in pictures:
        shutil.copy(path, f"{source}/{name}.png")
    command = [os.path.join(os.path.dirname(sys.executable), "rembg"), "p", "-m", "u2netp", source, target]
    start = time.perf_counter()
    subprocess.run(command, env={**os.environ, "U2NET_HOME": options.engine}, check=True, capture_output=True)
    spent = time.perf_counter() - start
    return spent, {name.split("-")[0]: score.alpha_of(f"{target}/{name}.png") for _, name in pictures}


def mean_iou(options, found):
    values = [score.iou(alpha, score.L(f"{options.scenes}/{name}/truth/union.png")) if alpha is not None else 0
              for name, alpha in found.items()]
    return statistics.mean(values)


parser = argparse.ArgumentParser()
for name in ["scenehf", "engine", "scenes", "table"]:
    parser.add_argument("--" + name, required=True)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()
names = scenes(options.scenes)
rates, quality = {"SceneHF": [], "rembg p": []}, {}
with tempfile.TemporaryDirectory(prefix="scenehf-bench-") as scratch:
    service = Service(options, scratch)
    try:
        service.seconds([(f"{options.scenes}/{names[0]}/input.png", "warm")])
        for turn in range(options.rounds):
            pictures = [(f"{options.scenes}/{name}/input.png", f"{name}-{turn}") for name in names]
            rates["SceneHF"].append(len(names) / service.seconds(pictures))
            quality["SceneHF"] = mean_iou(options, service.cutouts(turn))
            alone, _ = rembg(options, pictures[:1], scratch)
            together, found = rembg(options, pictures, scratch)
            rates["rembg p"].append((len(names) - 1) / (together - alone))
            quality["rembg p"] = mean_iou(options, found)
    finally:
        service.stop()
    single = Service(options, scratch, cores=1)
    try:
        single.seconds([(f"{options.scenes}/{names[0]}/input.png", "warm")])
        pictures = [(f"{options.scenes}/{name}/input.png", f"{name}-0") for name in names]
        alone = len(names) / single.seconds(pictures)
    finally:
        single.stop()

own = statistics.median(rates["SceneHF"])
lines = [
    f"Measured {datetime.date.today()} on {os.cpu_count()} cores with `bash Config/bench.sh folder`: "
    f"{len(names)} pictures, u2netp, {options.rounds} interleaved rounds.", "",
    "| | pictures a second | spread | SceneHF is faster by | IoU of the cut-outs |", "|---|---|---|---|---|",
]
for name, values in rates.items():
    rate = statistics.median(values)
    ratio = "" if name == "SceneHF" else f"{own / rate:.2f}"
    lines.append(f"| {name} | {rate:.2f} | {min(values):.2f} to {max(values):.2f} | {ratio} | {quality[name]:.3f} |")
lines.append(f"| SceneHF on one core, one round | {alone:.2f} | | {own / alone:.2f} | |")
peer = statistics.median(rates["rembg p"])
summary.note("folder", [(
    f"folder of {len(names)} pictures, cut-outs alone, u2netp",
    f"{own:.2f} pictures/s, IoU {quality['SceneHF']:.3f}; {alone:.2f} on one core",
    f"rembg p {peer:.2f} pictures/s, IoU {quality['rembg p']:.3f}", f"{own / peer:.2f} times as fast",
    "1.5 times, IoU as good")])
text = "\n".join(lines) + "\n"
open(options.table, "w").write(text)
print(text)

#!/usr/bin/env python3
"""A whole job (plan, layers, plate) beside rembg, PyPatchMatch and Pillow's reading and writing of the same pictures.

Called by Config/bench.sh. Processor seconds, from the engine's results of the last run; rembg and PyPatchMatch are warm in
them. Pillow reads the picture once and writes what the job writes: a layer and a cut-out for each object, and the plate.
"""
import json, io, os, statistics, time

import numpy as np
from PIL import Image

import engine, summary


def pillow(path, layers):
    start = time.process_time()
    picture = Image.open(path).convert("RGB")
    cutout = picture.convert("RGBA")
    for image in [picture, cutout] * layers + [picture]:
        image.save(io.BytesIO(), "PNG")
    return time.process_time() - start


def plate(bench, name):
    """PyPatchMatch's seconds for the plate of a scene that the engine's bench passes over: minutes, so they are kept."""
    path = f"{bench}/large-plates.json"
    known = json.load(open(path)) if os.path.exists(path) else {}
    if name not in known:
        scene = f"{bench}/scenes/{name}"
        picture = Image.open(f"{scene}/input.png").convert("RGB")
        mask, box = engine.true_hole(scene, picture)
        known[name] = engine.patchmatch(np.asarray(picture), mask, box)[1]
        json.dump(known, open(path, "w"))
    return known[name]


def main():
    bench = os.environ["BENCH"]
    with open(f"{bench}/results.json") as file:
        results = json.load(file)["Odd scenes"]
    rows = []
    for label, kinds in [("0.8 MP", ("photo", "plain")), ("12 MP", ("large",))]:
        names = [name for name, found in results["scenehf u2netp"].items() if found["kind"] in kinds]
        plates = {name: results["PyPatchMatch"][name]["cpu"] if name in results["PyPatchMatch"] else plate(bench, name)
                  for name in names}
        if not names:
            continue
        own = [results["scenehf u2netp"][name]["cpu"] for name in names]
        peers = [results["rembg u2netp"][name]["cpu"] + plates[name]
                 + pillow(f"{bench}/scenes/{name}/input.png", results["scenehf u2netp"][name]["n_layers"]) for name in names]
        own, sums = statistics.mean(own), statistics.mean(peers)
        rows.append((f"whole job by the embedded engine, {label}, {len(names)} scenes", f"{own:.2f} CPU s",
                     f"rembg + PyPatchMatch + Pillow {sums:.2f} CPU s", f"{sums / own:.2f} times as fast", "2 times"))
        print(*rows[-1], sep=" | ")
    summary.note("whole", rows)


main()

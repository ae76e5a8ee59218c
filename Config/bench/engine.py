#!/usr/bin/env python3
"""Runs the embedded engine and its peers on the same scenes, interleaved, and writes a Markdown table.

Called by Config/bench.sh. Quality is scored by score.py; intervals are 95 % bootstrap intervals of paired
differences over scenes; seconds are CPU seconds, since wall time on a shared machine says little.
"""
import argparse, datetime, glob, json, os, subprocess, sys, time

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import score

MODELS = ["u2netp", "u2net"]
# A few scenes of every kind, for a quick look.
QUICK = ["s01", "s09", "s13", "s25", "s33", "s37"]


def arguments():
    parser = argparse.ArgumentParser()
    for name in ["scenehf", "engine", "bench", "table"]:
        parser.add_argument("--" + name, required=True)
    parser.add_argument("scenes", nargs="*", help="quick, kept, seconds, or names of scenes; without any the long form")
    args = parser.parse_args()
    args.quick = args.scenes == ["quick"]
    args.seconds = args.scenes == ["seconds"]
    args.kept = args.scenes == ["kept"] or args.seconds
    args.long = not args.scenes or args.kept
    MODELS[:] = [name for name in MODELS if os.path.exists(f"{args.engine}/{name}.onnx")]
    return args


def chosen(args):
    """The sets to run: title, folder, scenes."""
    def odd(folder):
        return [s for s in sorted(map(os.path.basename, glob.glob(folder + "/scenes/s*"))) if int(s[1:]) % 2]

    seen, held = args.bench, args.bench + "/held-out"
    if args.scenes and not args.quick and not args.kept:
        return [("Scenes " + " ".join(args.scenes), seen, args.scenes)]
    pick = (lambda scenes: [s for s in scenes if s in QUICK]) if args.quick else list
    return [("Odd scenes", seen, pick(odd(seen))), ("Held-out set: other objects on other backgrounds", held, pick(odd(held)))]


class Peers:
    """rembg with its sessions kept warm."""

    def __init__(self, engine):
        os.environ["U2NET_HOME"] = engine
        os.environ["OMP_NUM_THREADS"] = "1"
        from rembg import new_session, remove

        self.remove = remove
        self.sessions = {name: new_session(name, providers=["CPUExecutionProvider"]) for name in MODELS}

    def cutout(self, model, picture, matting):
        start = time.process_time()
        try:
            cut = self.remove(picture, session=self.sessions[model], alpha_matting=matting)
        except Exception:  # alpha matting raises where a trimap has no sure foreground; rembg then gives the plain one
            cut = self.remove(picture, session=self.sessions[model])
        return cut, time.process_time() - start


def patchmatch(picture, mask, box):
    """A plate by PyPatchMatch, which sees the box alone, and its seconds."""
    import patchmatch

    x0, y0, x1, y1 = box
    start = time.process_time()
    filled = patchmatch.inpaint(picture[y0:y1, x0:x1].copy(), mask[y0:y1, x0:x1] > 0, patch_size=3)
    seconds = time.process_time() - start
    plate = picture.copy()
    inside = mask[y0:y1, x0:x1] > 0
    plate[y0:y1, x0:x1][inside] = filled[inside]
    return plate, seconds


def separate(args, model, scene, out):
    """The whole job of SceneHF's planner and engine; its own seconds."""
    environment = dict(os.environ, SCENEHF_MODEL=f"{args.engine}/{model}.onnx", SCENEHF_ENGINE_DIR=args.engine)
    os.makedirs(out, exist_ok=True)
    # The first picture of a process loads the network: the same picture twice, the second counts.
    command = [args.scenehf, "engine", "separate", f"{scene}/input.png", f"{scene}/input.png", "--into", out + ".raw"]
    peak = subprocess.run(
        ["/usr/bin/env", "python3", "-c", PEAK, *command], env=environment, check=True, capture_output=True, text=True)
    os.replace(out + ".raw/input", out) if not os.listdir(out) else None
    seconds = json.load(open(out + "/seconds.json"))
    seconds["peak"] = int(peak.stdout.strip().splitlines()[-1]) / 1024
    return seconds


# Runs a command and prints its peak memory in kilobytes.
PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


def true_hole(scene, picture):
    """The true hole grown by 5 pixels (11 at 12 MP), and the crop that fillers work on."""
    hole = (np.asarray(Image.open(scene + "/truth/hole.png").convert("L")) > 127).astype(np.uint8)
    height, width = hole.shape
    reach = 5 if width < 2500 else 11
    mask = cv2.dilate(hole, np.ones((2 * reach + 1,) * 2, np.uint8)) * 255
    ys, xs = np.where(mask)
    margin = max(64, int(0.6 * max(np.ptp(xs), np.ptp(ys))))
    box = (max(0, xs.min() - margin), max(0, ys.min() - margin), min(width, xs.max() + margin),
           min(height, ys.max() + margin))
    return mask, box


def run_scene(args, peers, bench, name, results, known):
    """Adds this scene's record to `results`, by tool; `known` are those of the last run, whose peers `kept` takes over."""
    scene, out = f"{bench}/scenes/{name}", f"{bench}/out"
    picture = Image.open(scene + "/input.png").convert("RGB")
    kind = json.load(open(scene + "/meta.json"))["kind"]

    def keep(tool, folder, **seconds):
        record = score.score_scene(scene, folder)
        record.update(seconds, kind=kind)
        if tool.startswith("scenehf u2"):  # nothing found is no layer right
            record.setdefault("obj_iou", 0.0)
            record.setdefault("obj_recall", 0.0)
        results.setdefault(tool, {})[name] = record

    def is_known(tool):
        if not args.kept or name not in known.get(tool, {}): return False
        results.setdefault(tool, {})[name] = known[tool][name]
        return True

    for model in MODELS:
        folder = f"{out}/scenehf {model}/{name}"
        subprocess.run(["rm", "-rf", folder, folder + ".raw"], check=True)
        keep("scenehf " + model, folder, **separate(args, model, scene, folder))
        for matting in [False, True] if kind != "large" else [False]:
            tool = f"rembg {model}" + (" + matting" if matting else "")
            if is_known(tool): continue
            cut, seconds = peers.cutout(model, picture, matting)
            os.makedirs(f"{out}/{tool}/{name}", exist_ok=True)
            cut.save(f"{out}/{tool}/{name}/cutout.png", compress_level=1)
            keep(tool, f"{out}/{tool}/{name}", cpu=seconds)
    mask, box = true_hole(scene, picture)
    Image.fromarray(mask).save(f"{out}/mask.png")
    for tool in ["scenehf fill", "PyPatchMatch"]:
        folder = f"{out}/{tool}/{name}"
        os.makedirs(folder, exist_ok=True)
        if tool == "PyPatchMatch":
            if is_known(tool) or kind == "large" and mask.mean() > 20: continue  # minutes
            plate, seconds = patchmatch(np.asarray(picture), mask, box)
            Image.fromarray(plate).save(folder + "/plate.png", compress_level=1)
        else:
            done = subprocess.run(
                [args.scenehf, "engine", "fill", scene + "/input.png", f"{out}/mask.png", "--output", folder + "/plate.png"],
                check=True, capture_output=True, text=True)
            seconds = json.loads(done.stdout)["cpu"]
        keep(tool, folder, cpu=seconds)


def time_scene(args, peers, bench, name, results):
    """Takes the seconds of the whole job and of rembg again; all else stays as it was measured."""
    scene, folder = f"{bench}/scenes/{name}", f"{bench}/out/seconds"
    subprocess.run(["rm", "-rf", folder, folder + ".raw"], check=True)
    results["scenehf " + MODELS[0]][name].update(separate(args, MODELS[0], scene, folder))
    _, seconds = peers.cutout(MODELS[0], Image.open(scene + "/input.png").convert("RGB"), False)
    results["rembg " + MODELS[0]][name]["cpu"] = seconds


def values(results, tool, key, scenes, kinds=("photo", "plain", "large")):
    """One a scene of these kinds; None where the tool gave none."""
    kind = {s: record["kind"] for records in results.values() for s, record in records.items()}
    return [results.get(tool, {}).get(s, {}).get(key) for s in scenes if kind.get(s) in kinds]


def mean(numbers):
    numbers = [n for n in numbers if n is not None]
    return float(np.mean(numbers)) if numbers else float("nan")


def interval(ours, theirs):
    """95 % bootstrap interval of the mean of paired differences."""
    pairs = [(a, b) for a, b in zip(ours, theirs) if a is not None and b is not None]
    if not pairs: return "–"
    differences = np.array([a - b for a, b in pairs])
    draws = np.random.default_rng(0).choice(differences, (10_000, len(differences))).mean(1)
    return f"{differences.mean():+.3f} [{np.percentile(draws, 2.5):+.3f}, {np.percentile(draws, 97.5):+.3f}]"


def row(results, scenes, label, ours, theirs, key, kinds, goal, digits=3):
    a, b = values(results, ours, key, scenes, kinds), values(results, theirs, key, scenes, kinds)
    # The peer may have passed over a scene: both figures are of the same scenes.
    both = [(x, y) for x, y in zip(a, b) if x is not None and y is not None] if theirs else []
    if both: a, b = map(list, zip(*both))
    theirs_text = f"{theirs}: {mean(b):.{digits}f}" if theirs else "–"
    ratio = f"{mean([x for x, _ in both]) / mean([y for _, y in both]):.2f}" if both else "–"
    difference = interval(a, b) if theirs else "–"
    return f"| {label} | {mean(a):.{digits}f} | {theirs_text} | {difference} | {ratio} | {goal} |"


def table(results, scenes):
    every, small = ("photo", "plain", "large"), ("photo", "plain")
    lines = ["| | SceneHF | peer | difference | ratio | goal |", "|---|---|---|---|---|---|"]
    for model, goal in [("u2net", "≥ .80"), ("u2netp", "≥ .785")]:
        if model not in MODELS: continue
        best = "rembg u2net" if "u2net" in MODELS else "rembg u2netp"
        lines.append(row(results, scenes, f"union IoU, {model}", "scenehf " + model, "rembg " + model, "iou", every, goal))
        lines.append(row(results, scenes, "— against alpha matting (below 3 MP)", "scenehf " + model,
                         f"rembg {model} + matting", "iou", small, "interval above 0"))
        lines.append(row(results, scenes, f"boundary F, {model}", "scenehf " + model, best, "bf", every, "peer + .05"))
        lines.append(row(results, scenes, f"matte error × 1000, {model}", "scenehf " + model, best, "mae", every,
                         "≤ 0.88 × peer", 1))
        lines.append(row(results, scenes, f"per-object IoU, {model}", "scenehf " + model, None, "obj_iou", every, "≥ .70"))
        lines.append(row(results, scenes, f"per-object recall at .5, {model}", "scenehf " + model, None, "obj_recall", every, "≥ .78"))
    lines.append(row(results, scenes, "plate, true masks: hole PSNR, dB", "scenehf fill", "PyPatchMatch", "p_psnr_hole", every,
                     "≥ peer", 2))
    lines.append(row(results, scenes, "— photographs alone", "scenehf fill", "PyPatchMatch", "p_psnr_hole", ("photo",), "", 2))
    lines.append(row(results, scenes, "plate, true masks: detail (0 is right)", "scenehf fill", "PyPatchMatch", "p_tex", every,
                     "≤ peer", 2))
    lines.append(row(results, scenes, "— its CPU seconds", "scenehf fill", "PyPatchMatch", "cpu", every, "", 2))
    lines.append(row(results, scenes, "plate, own masks, plain backgrounds: hole PSNR, dB", "scenehf u2netp", None, "p_psnr_hole",
                     ("plain",), "≥ 45", 1))
    for label, kinds, goal in [("below 3 MP", small, "≤ 1.5"), ("large", ("large",), "≤ 12")]:
        lines.append(row(results, scenes, f"whole job, {label}, u2netp: CPU s", "scenehf u2netp", "rembg u2netp", "cpu", kinds, goal, 2))
        lines.append(row(results, scenes, f"whole job, {label}, u2netp: wall s", "scenehf u2netp", None, "wall", kinds,
                         "≤ 1.0" if kinds == small else "", 2))
    lines.append(row(results, scenes, "whole job, large, u2netp: peak memory, MB", "scenehf u2netp", None, "peak", ("large",),
                     "≤ 700", 0))
    return "\n".join(lines) + "\n"


def head(args, sets):
    machine = f"{os.cpu_count()} cores, {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2**30} GB"
    seeds = " and ".join(open(folder + "/seed").read().strip() for _, folder, _ in sets)
    command = " ".join(["bash Config/bench.sh engine", *args.scenes])
    peers = " The peers' figures, which do not change, are of the run before, on the same machine." if args.kept else ""
    if args.seconds: peers += " The seconds of whole jobs and of rembg beside them were taken anew, the rest is `kept`'s."
    return (
        f"Measured on {datetime.date.today()}, {machine}, with `{command}` (seed {seeds}). Differences are paired over scenes, "
        "ours minus the peer's, with 95 % bootstrap intervals; ratios are ours to the peer's. Seconds are CPU seconds, warm."
        f"{peers}\n")


def main():
    args, results = arguments(), {}
    last = args.bench + "/results.json"
    known = json.load(open(last)) if args.kept else {}
    sets, peers = chosen(args), Peers(args.engine)
    text = head(args, sets)
    for title, folder, scenes in sets:
        for name in scenes:
            if args.seconds:
                time_scene(args, peers, folder, name, results.setdefault(title, known[title]))
                continue
            run_scene(args, peers, folder, name, results.setdefault(title, {}), known.get(title, {}))
            ours = results[title]["scenehf " + MODELS[0]][name]
            print(name, {k: round(v, 3) for k, v in ours.items() if isinstance(v, float)}, flush=True)
            # A run that keeps the peers' results must not lose those of scenes that it has not come to.
            if not args.kept: json.dump(results, open(last, "w"), indent=1)
        text += f"\n{title}, {len(scenes)}:\n\n{table(results[title], scenes)}"
    if args.kept: json.dump(results, open(last, "w"), indent=1)
    if args.long: open(args.table, "w").write(text)
    print("\n" + text)


if __name__ == "__main__":
    main()

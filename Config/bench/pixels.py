"""Measures reading, strictly checking and writing 12 megapixel layers: this project, libpng with its defaults, and Pillow
with numpy doing the same checks. Every process measures one thing; the processes take turns, round by round."""
import argparse
import ctypes
import datetime
import glob
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import numpy
from PIL import Image, ImageFilter

import summary

WIDTH, HEIGHT = 4000, 3000
PHOTOS = ["Dragonfly_by_Bolly", "sunset_by_Aitzol_Berasategi", "seeding_by_Clements_Engelhardt"]


def make(photos, work):
    """Layers of photographs: a ragged shape with a soft edge on white, the same with alpha, and its matte."""
    os.makedirs(work, exist_ok=True)
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    reach = numpy.hypot((x - 2000) / 1.3, y - 1500) + 120 * numpy.sin(6 * numpy.arctan2(y - 1500, x - 2000))
    alpha = numpy.clip((1150 - reach) / 3 + 0.5, 0, 1)
    for name in PHOTOS:
        if os.path.exists(f"{work}/{name}.cutout.png"):
            continue
        photo = Image.open(glob.glob(f"{photos}/**/{name}.jpg", recursive=True)[0]).convert("RGB")
        scale = max(1, WIDTH / photo.width, HEIGHT / photo.height)
        photo = photo.resize((int(photo.width * scale + 1), int(photo.height * scale + 1)), Image.Resampling.LANCZOS)
        values = numpy.asarray(photo.crop((0, 0, WIDTH, HEIGHT)))
        layer = (values * alpha[..., None] + 255 * (1 - alpha[..., None]) + 0.5).astype("u1")
        matte = (alpha * 255 + 0.5).astype("u1")
        layer[matte == 0] = 255
        Image.fromarray(layer).save(f"{work}/{name}.png")
        Image.fromarray(matte).save(f"{work}/{name}.png.matte.png")
        hidden = numpy.where(matte[..., None] > 0, values, 0)
        Image.fromarray(numpy.dstack([hidden, matte])).save(f"{work}/{name}.cutout.png")


# What the peers do, in processes of their own.

def check(file, matte):
    """The strict check's numbers with numpy: classes, bands, background, haze more than 3 pixels from content."""
    rgb = numpy.asarray(Image.open(io.BytesIO(file)))
    lowest = rgb.min(axis=2)
    white, content = lowest == 255, lowest < 240
    near = ~white & ~content
    background, open_ = matte == 0, matte < 128
    content_near = numpy.asarray(Image.fromarray(content.astype("u1") * 255).filter(ImageFilter.MaxFilter(7))) > 0
    band = HEIGHT // 10
    numbers = [1 - white.mean(), content.sum(), near.sum(), background.sum(), (background & white).sum(),
               1 - white[:band].mean(), 1 - white[-band:].mean(), (near & open_ & ~content_near).sum()]
    return int(numbers[-1])


class PngImage(ctypes.Structure):
    """libpng's simplified interface, whose writer uses the library's defaults (libpng manual, section V)."""
    _fields_ = [("opaque", ctypes.c_void_p), ("version", ctypes.c_uint32), ("width", ctypes.c_uint32),
                ("height", ctypes.c_uint32), ("format", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("colormap_entries", ctypes.c_uint32), ("warning_or_error", ctypes.c_uint32),
                ("message", ctypes.c_char * 64)]


def write_by_libpng(values):
    library = ctypes.CDLL("libpng16.so.16")
    size = ctypes.c_size_t(values.nbytes * 2)
    out = ctypes.create_string_buffer(size.value)
    image = PngImage(version=1, width=WIDTH, height=HEIGHT, format=2 if values.shape[2] == 3 else 3)
    written = library.png_image_write_to_memory(
        ctypes.byref(image), out, ctypes.byref(size), 0, values.ctypes.data_as(ctypes.c_void_p), 0, None)
    assert written, image.message
    return size.value


def write_by_pillow(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return len(out.getvalue())


def peer(what, path, repeats):
    file = open(path, "rb").read()
    image = Image.open(io.BytesIO(file))
    image.load()
    values = numpy.ascontiguousarray(image)
    matte = numpy.asarray(Image.open(path + ".matte.png")) if what == "pillow-check" else None
    work = {
        "pillow-decode": lambda: numpy.asarray(Image.open(io.BytesIO(file))).size,
        "pillow-check": lambda: check(file, matte),
        "pillow-write": lambda: write_by_pillow(image),
        "libpng-write": lambda: write_by_libpng(values),
    }[what]
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    print(json.dumps({"seconds": seconds, "result": result}))


# The driver.

def measure(options, what, path):
    ours = what in ("bare", "decode", "check", "check-alone", "write")
    command = [options.ours, what, path, "3"] if ours else [sys.executable, __file__, "--peer", what, path]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def rounds(options, subjects):
    seconds, results = {}, {}
    for number in range(options.rounds):
        for what, path in subjects if number % 2 == 0 else reversed(subjects):
            found = measure(options, what, path)
            # The first repetition warms up caches and allocator.
            seconds.setdefault((what, path), []).extend(found["seconds"][1:])
            results[what, path] = found["result"]
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return seconds, results


def table(options, seconds, results):
    def milliseconds(what, kind):
        """The median over all pictures of each picture's median, and the spread of all runs around it."""
        runs = [value * 1000 for path in kind for value in seconds[what, path]]
        middle = statistics.mean(statistics.median(seconds[what, path]) for path in kind) * 1000
        quarters = statistics.quantiles(runs, n=4)
        return middle, f"{middle:.0f} ms ({quarters[0]:.0f} to {quarters[2]:.0f})"

    def row(name, ours, other, peer, kind, goal, sizes=False):
        mine, text = milliseconds(ours, kind)
        theirs, peer_text = milliseconds(other, kind)
        ratio = f"{mine / theirs:.3f} times" if goal.startswith("≤") else f"{theirs / mine:.1f} times as fast"
        if sizes:
            ratios = [results[ours, path] / results[other, path] for path in kind]
            ratio += f", {statistics.mean(ratios):.3f} times the size ({min(ratios):.3f} to {max(ratios):.3f})"
        lines.append(f"| {name} | {text} | {peer} | {peer_text} | {ratio} | {goal} |")
        if kind == layers and ours in ("check", "write"):
            short.append((f"{name}, 12 MP", f"{mine:.0f} ms", f"{peer} {theirs:.0f} ms", ratio, goal))

    short = []
    layers = [f"{options.work}/{name}.png" for name in PHOTOS]
    cutouts = [f"{options.work}/{name}.cutout.png" for name in PHOTOS]
    lines = ["| 12 MP, CPU time | SceneHF | beside | | ratio | goal |", "|---|---|---|---|---|---|"]
    row("decoding a layer", "decode", "bare", "libpng alone", layers, "≤ 1.05")
    row("decoding and the strict check", "check", "bare", "libpng alone", layers, "≤ 1.05")
    row("the same, background not known", "check-alone", "bare", "libpng alone", layers, "≤ 1.05")
    row("decoding and the strict check", "check", "pillow-check", "Pillow and numpy, same checks", layers, "8 times")
    row("writing a layer", "write", "libpng-write", "libpng's defaults", layers, "4 times, 1.05 the size", True)
    row("writing a layer", "write", "pillow-write", "Pillow's defaults", layers, "4 times, 1.05 the size", True)
    row("writing a cut-out", "write", "libpng-write", "libpng's defaults", cutouts, "4 times, 1.05 the size", True)
    one, six = (json.loads(subprocess.run(
        [options.ours, "psd", cutouts[0], count, f"{options.work}/bench.psd"], check=True, capture_output=True,
        text=True).stdout) for count in ("1", "6"))
    os.remove(f"{options.work}/bench.psd")
    summary.note("pixels", short)
    lines.append(f"| writing a Photoshop file of 6 layers | {six['peak'] - six['base']:.0f} MB above picture and plate, "
                 f"{six['bytes'] / 1e6:.0f} MB written | of 1 layer | {one['peak'] - one['base']:.0f} MB | "
                 f"{(six['peak'] - six['base']) / max(1, one['peak'] - one['base']):.2f} times | bounded |")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", nargs=2)
    for name in ("ours", "photos", "work", "table"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.peer:
        return peer(*options.peer, repeats=3)
    make(options.photos, options.work)
    layers = [f"{options.work}/{name}.png" for name in PHOTOS]
    cutouts = [f"{options.work}/{name}.cutout.png" for name in PHOTOS]
    subjects = [(what, path) for path in layers
                for what in ("bare", "decode", "check", "check-alone", "pillow-check", "write", "libpng-write", "pillow-write")]
    subjects += [(what, path) for path in cutouts for what in ("write", "libpng-write")]
    lines = table(options, *rounds(options, subjects))
    head = (f"Measured on {datetime.date.today()} by `bash Config/bench.sh pixels` on {os.cpu_count()} cores "
            f"({platform.machine()}), {options.rounds} rounds of 3 photographs taking turns; in brackets the middle half "
            "of all runs.\n")
    text = "\n".join([head, *lines, ""])
    with open(options.table, "w") as file:
        file.write(text)
    print(text)


main()

"""Opens a finished face's OpenRaster file in Krita and its Photoshop file in GIMP, without a screen, and compares every
pixel of every layer with the PNGs beside them. Ends with 1 and a sentence at the first difference.

  editors.py FACE
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

from compare import Face, expect, same, samples

HERE = pathlib.Path(__file__).parent
GIMP = """
(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{file}" "{file}")))
       (layers (gimp-image-get-layers image))
       (names (open-output-file "{folder}/names")))
  (let loop ((n 0))
    (if (< n (car layers))
      (let ((layer (vector-ref (cadr layers) n)))
        (write (car (gimp-item-get-name layer)) names)
        (newline names)
        (gimp-layer-resize-to-image-size layer)
        (file-png-save RUN-NONINTERACTIVE image layer (string-append "{folder}/" (number->string n) ".png") "" 0 1 0 0 0 0 1)
        (loop (+ n 1)))))
  (close-output-port names))
(gimp-quit 0)
"""


def run(command, folder, **more):
    environment = dict(os.environ, HOME=folder, XDG_RUNTIME_DIR=folder, QT_QPA_PLATFORM="offscreen",
                       PYTHONPATH=f"{HERE}:/usr/lib/python3/dist-packages")
    subprocess.run(command, env=environment, capture_output=True, timeout=600, check=False, **more)


def opaque(seen, wanted):
    """A layer without transparency may come back with alpha that is everywhere full."""
    if wanted.shape[2] == 3 and seen.shape[2] == 4:
        expect((seen[..., 3] == numpy.iinfo(seen.dtype).max).all(), "an opaque layer became transparent")
        return seen[..., :3]
    return seen


def krita(face, folder):
    file = face.file(".ora").resolve()
    run(["kritarunner", "-s", "krita_layers", "-f", "main", str(file), folder], folder)
    seen = json.loads(pathlib.Path(folder, "layers.json").read_text())
    expect("error" not in seen, seen.get("error"))
    names = [layer["name"] for layer in seen["layers"]]
    expect(names == face.names, f"Krita: layers {names}")
    for number, (layer, wanted) in enumerate(zip(seen["layers"], face.pictures)):
        expect(layer["visible"] and layer["depth"] == f"U{wanted.dtype.itemsize * 8}", f"Krita: {layer}")
        pixels = numpy.fromfile(f"{folder}/{number}.raw", wanted.dtype)
        pixels = pixels.reshape(*wanted.shape[:2], 4)[..., [2, 1, 0, 3]]
        same(opaque(pixels, wanted), wanted, f"Krita, {layer['name']}")
    print(f"Krita opens {file.name}: {', '.join(names)}; every pixel equal")


def gimp(face, folder):
    file = face.file(".psd").resolve()
    script = GIMP.format(file=file, folder=folder)
    run(["gimp", "-i", "-c", "-d", "-f", "-b", "-"], folder, input=script.encode())
    names = [json.loads(line) for line in pathlib.Path(folder, "names").read_text().splitlines()]
    expect(names[::-1] == face.names, f"GIMP: layers {names}")
    for number, (name, wanted) in enumerate(zip(names, reversed(face.pictures))):
        pixels, _ = samples(pathlib.Path(folder, f"{number}.png").read_bytes())
        same(opaque(pixels, wanted), wanted, f"GIMP, {name}")
    print(f"GIMP opens {file.name}: {', '.join(names[::-1])}; every pixel equal")


def main():
    face = Face(pathlib.Path(sys.argv[1]))
    for reader in (krita, gimp):
        with tempfile.TemporaryDirectory() as folder:
            reader(face, folder)


main()

"""Opens the layered files of a finished face in programs that are not ours, and compares every pixel with the PNGs beside
them: psd-tools and ImageMagick for Photoshop, pyora for OpenRaster, pypng for the PNGs. Checks manifest.json against its
schema. Prints one line of JSON: what each reader found; ends with 1 and a sentence at the first difference.

  compare.py FACE SCHEMA
"""
import io
import json
import pathlib
import subprocess
import sys
import zipfile
import zlib

import jsonschema
import numpy
import png
import psd_tools
import pyora
from psd_tools.constants import Resource


def samples(data):
    """Height × width × channels of a PNG at its own depth, and its ICC profile."""
    reader = png.Reader(bytes=data)
    width, height, rows, info = reader.read()
    kind = numpy.uint16 if info["bitdepth"] == 16 else numpy.uint8
    values = numpy.vstack([numpy.array(row, dtype=kind) for row in rows]).reshape(height, width, info["planes"])
    profiles = [content for kind, content in png.Reader(bytes=data).chunks() if kind == b"iCCP"]
    # A name, its end, the method of packing, and the profile packed.
    return values, zlib.decompress(profiles[0].split(b"\0", 1)[1][1:]) if profiles else None


def expect(holds, sentence):
    if not holds:
        print(sentence, file=sys.stderr)
        sys.exit(1)


def same(seen, wanted, who):
    """Equal where anything can be seen: nobody keeps the colour of what is wholly transparent."""
    expect(seen.shape == wanted.shape, f"{who}: {seen.shape} instead of {wanted.shape}")
    if wanted.shape[2] == 4:
        visible = wanted[..., 3:] > 0
        seen, wanted = numpy.where(visible, seen, 0), numpy.where(visible, wanted, 0)
    differing = (seen != wanted).any(2).sum()
    expect(differing == 0, f"{who}: {differing} pixels differ")


class Face:
    def __init__(self, folder):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())
        front_to_back = [(layer["layer"], layer["files"][-1]) for layer in self.manifest["layers"]]
        if "shadows" in self.manifest:
            front_to_back.append((self.manifest["shadows"]["layer"], self.manifest["shadows"]["files"][0]))
        front_to_back.append((self.manifest["plate"]["layer"], self.manifest["plate"]["files"][0]))
        self.names = [name for name, _ in reversed(front_to_back)]
        self.pictures = [samples((folder / file).read_bytes())[0] for _, file in reversed(front_to_back)]
        self.profile = samples((folder / self.manifest["plate"]["files"][0]).read_bytes())[1]
        self.most = 65535 if self.manifest["bit_depth"] == 16 else 255

    def file(self, suffix):
        return self.folder / next(name for name in self.manifest["layered_files"] if name.endswith(suffix))


def psd_by_psd_tools(face):
    psd = psd_tools.PSDImage.open(face.file(".psd"))
    expect([layer.name for layer in psd] == face.names, f"psd-tools: layers {[layer.name for layer in psd]}")
    profile = psd.image_resources.get_data(Resource.ICC_PROFILE)
    expect(profile == face.profile, "psd-tools: another ICC profile")
    for layer, wanted in zip(psd, face.pictures):
        part = numpy.rint(layer.numpy() * face.most).astype(wanted.dtype)
        whole = numpy.zeros((psd.height, psd.width, part.shape[2]), wanted.dtype)
        whole[layer.top:layer.bottom, layer.left:layer.right] = part
        same(whole, wanted, f"psd-tools, {layer.name}")
    return {"layers": len(face.names), "depth": psd.depth, "merged": numpy.rint(psd.numpy() * face.most)}


def magick(source, *options):
    return subprocess.run(["convert", str(source), *options], check=True, capture_output=True).stdout


def psd_by_imagemagick(face, merged):
    file = face.file(".psd")
    listed = subprocess.run(
        ["identify", "-format", "%[label]\t%w\t%h\t%X\t%Y\n", str(file)], check=True, capture_output=True, text=True)
    # The first is the merged picture.
    rows = [line.split("\t") for line in listed.stdout.splitlines()][1:]
    expect([row[0] for row in rows] == face.names, f"ImageMagick: layers {[row[0] for row in rows]}")
    kind, depth = (numpy.dtype("<u2"), "16") if face.most > 255 else (numpy.dtype("u1"), "8")
    def raw(index, channels):
        data = magick(f"{file}[{index}]", "-endian", "LSB", "-depth", depth, f"{channels}:-")
        return numpy.frombuffer(data, kind)
    height, width = face.pictures[0].shape[:2]
    same(raw(0, "rgb").reshape(height, width, 3), merged.astype(kind)[..., :3], "ImageMagick, merged")
    for index, (row, wanted) in enumerate(zip(rows, face.pictures)):
        name, across, down, left, top = row[0], *(int(number) for number in row[1:])
        channels = wanted.shape[2]
        whole = numpy.zeros((height, width, channels), kind)
        part = raw(index + 1, "rgba" if channels == 4 else "rgb").reshape(down, across, channels)
        whole[top:top + down, left:left + across] = part
        same(whole, wanted, f"ImageMagick, {name}")
    return {"layers": len(rows), "depth": int(depth)}


def ora_by_pyora(face, merged):
    project = pyora.Project.load(str(face.file(".ora")))
    layers = list(project.iter_layers)
    expect([layer.name for layer in layers][::-1] == face.names or [layer.name for layer in layers] == face.names,
           f"pyora: layers {[layer.name for layer in layers]}")
    top_first = [child.name for child in project.root]
    expect(top_first[::-1] == face.names, f"pyora: stack {top_first}")
    expect(all(layer.offsets == (0, 0) for layer in layers), "pyora: a layer was moved")
    # pyora sees 8 bits only: the pixels are compared in the PNGs that its stack names.
    with zipfile.ZipFile(face.file(".ora")) as archive:
        first = archive.infolist()[0]
        expect(first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED, "mimetype is not first")
        for number, (name, wanted) in enumerate(zip(face.names, face.pictures)):
            values, profile = samples(archive.read(f"data/{number:02}.png"))
            same(values, wanted, f"OpenRaster, {name}")
            expect(face.profile is None or profile == face.profile, f"OpenRaster, {name}: another ICC profile")
        flat, _ = samples(archive.read("mergedimage.png"))
        same(flat, merged.astype(flat.dtype)[..., :3], "OpenRaster, merged")
    return {"layers": len(layers)}


def main():
    face = Face(pathlib.Path(sys.argv[1]))
    schema = json.loads(pathlib.Path(sys.argv[2]).read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(face.manifest)
    for name in [name for layer in face.manifest["layers"] for name in layer["files"]]:
        expect((face.folder / name).exists(), f"{name} is not there")
    found = {"psd_tools": psd_by_psd_tools(face)}
    merged = found["psd_tools"].pop("merged")
    found["imagemagick"] = psd_by_imagemagick(face, merged)
    found["pyora"] = ora_by_pyora(face, merged)
    print(json.dumps({"names": face.names, "profile": len(face.profile or b""), **found}))


if __name__ == "__main__":
    main()

"""Makes Corpus/: small pictures in every form that the decoders know, with every kind of metadata.

    python corpus.py    with Pillow 11.3 or newer; HEIC comes from the fixtures of ImagingTests
"""
import base64, os, re, struct, zlib
from PIL import Image, ImageCms, PngImagePlugin

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Corpus")
FIXTURES = os.path.join(FOLDER, "..", "..", "ImagingTests")


def picture(mode="RGB", size=(19, 13)):
    image = Image.new("RGBA", size)
    image.putdata([(x * 13 % 256, y * 19 % 256, (x * y) % 256, 255 if x > 4 else x * 60)
                   for y in range(size[1]) for x in range(size[0])])
    return image.convert(mode)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = "A plain picture"
    return tags.tobytes()


def save(name, image, **options):
    image.save(os.path.join(FOLDER, name), **options)


def deep_png(name, channels, interlaced=False):
    """16 bits a sample, written by hand: Pillow writes grey alone. Interlaced: Adam7 of one pixel."""
    width, height = (1, 1) if interlaced else (7, 5)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + bytes((x * 7 + y) % 256 for x in range(width * channels * 2)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, int(interlaced))
    with open(os.path.join(FOLDER, name), "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"gAMA", struct.pack(">I", 45455))
                   + chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) + chunk(b"IDAT", zlib.compress(rows))
                   + chunk(b"IEND", b""))


def fixture(file, name, target):
    with open(os.path.join(FIXTURES, file)) as source:
        text = re.search(r"static let %s = bytes\((.*?)\)\n" % name, source.read(), re.S)[1]
    with open(os.path.join(FOLDER, target), "wb") as out:
        out.write(base64.b64decode("".join(re.findall(r'"([^"]*)"', text))))


os.makedirs(FOLDER, exist_ok=True)
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
text = PngImagePlugin.PngInfo()
text.add_text("Comment", "plain")
text.add_text("Long", "packed" * 50, zip=True)
text.add_itxt("Title", "\u00fcber", "de", "Titel")
save("rgb.png", picture(), icc_profile=profile, pnginfo=text, exif=exif(6), dpi=(300, 150))
save("rgba.png", picture("RGBA"))
save("grey.png", picture("L"))
save("bits.png", picture("1"))
save("palette.png", picture().quantize(9), transparency=3)
save("animated.png", picture(), save_all=True, append_images=[picture().rotate(180)], duration=100)
deep_png("deep.png", 3)
deep_png("deep-alpha.png", 4)
deep_png("interlaced.png", 3, interlaced=True)
save("plain.jpg", picture(), quality=80, icc_profile=profile, exif=exif(8), dpi=(300, 300))
save("progressive.jpg", picture(), quality=90, progressive=True, subsampling=2)
save("grey.jpg", picture("L"), quality=50)
save("cmyk.jpg", picture("CMYK"), quality=70)
save("restart.jpg", picture(), quality=60, restart_marker_blocks=1)
save("lossy.webp", picture(), quality=60, exif=exif(3))
save("lossless.webp", picture("RGBA"), lossless=True, icc_profile=profile)
save("alpha.webp", picture("RGBA"), quality=40)
save("animated.webp", picture(), save_all=True, append_images=[picture().rotate(180)], duration=100)
for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"):
    save("%s.tif" % packing, picture(), compression=packing, dpi=(300, 300))
save("alpha.tif", picture("RGBA"), compression="tiff_lzw", icc_profile=profile)
save("cmyk.tif", picture("CMYK"))
save("bits.tif", picture("1"), compression="group4")
save("palette.tif", picture().quantize(9), compression="tiff_lzw")
save("pages.tif", picture(), save_all=True, append_images=[picture("L")])
save("plain.avif", picture(), quality=60)
save("alpha.avif", picture("RGBA"), quality=60, icc_profile=profile)
for name in ("tiffSixteenBigEndian", "tiffPlanarTiled"):
    fixture("ContainerFixtures.swift", name, name.removeprefix("tiff").lower() + ".tif")
fixture("ContainerFixtures.swift", "heic", "plain.heic")

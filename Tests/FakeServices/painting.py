"""What the fake services draw: small but real picture work with Pillow, so that what they answer passes or fails the
checks for the reason a real answer would."""
import io

from PIL import Image, ImageChops, ImageFilter


def opened(data):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def encoded(picture, form="PNG"):
    out = io.BytesIO()
    picture.save(out, form, **({"compress_level": 1} if form == "PNG" else {"quality": 95}))
    return out.getvalue()


def foreground(picture):
    """A mask of what differs from the picture's border colour."""
    rgb = picture.convert("RGB")
    border = Image.new("RGB", rgb.size, rgb.getpixel((1, 1)))
    difference = ImageChops.difference(rgb, border).convert("L")
    return difference.point(lambda value: 255 if value > 24 else 0).filter(ImageFilter.MedianFilter(3))


def on_white(picture, keep):
    white = Image.new("RGB", picture.size, (255, 255, 255))
    white.paste(picture.convert("RGB"), (0, 0), keep)
    return white


def cut_out(picture, keep):
    layer = picture.convert("RGB").convert("RGBA")
    layer.putalpha(keep)
    return layer


def filled(picture, hole):
    """The picture with the hole in the colour of its surroundings."""
    rgb = picture.convert("RGB")
    ring = ImageChops.subtract(hole.filter(ImageFilter.MaxFilter(9)), hole)
    box = ring.getbbox()
    if not box:
        return rgb
    colours = [rgb.getpixel((x, y)) for y in range(box[1], box[3], 2) for x in range(box[0], box[2], 2)
               if ring.getpixel((x, y)) > 127]
    mean = tuple(sum(colour[i] for colour in colours) // max(1, len(colours)) for i in range(3))
    rgb.paste(Image.new("RGB", rgb.size, mean), (0, 0), hole)
    return rgb


def magenta(marked, plain):
    """Where a marked-up second picture shows magenta."""
    difference = ImageChops.difference(marked.convert("RGB"), plain.convert("RGB")).convert("L")
    return difference.point(lambda value: 255 if value > 40 else 0).filter(ImageFilter.MaxFilter(5))


def drawn(plain, marked, prompt, fault="ok"):
    """What an image model would answer to our instruction, under a fault of drawing (see `misdrawn`)."""
    hole = magenta(marked, plain) if marked is not None else None
    if "pure white" in prompt:
        keep = foreground(plain)
        keep = ImageChops.multiply(keep, hole) if hole is not None else keep
        return misdrawn(fault, on_white(plain, keep), keep)
    hole = hole if hole is not None else foreground(plain)
    return misdrawn(fault, filled(plain, hole), hole)


def moved(answer, scale, right):
    """Zoomed about the middle and moved to the right; what comes in at the edges is what lay there."""
    width, height = answer.size
    across, down = (width / 2) * (1 - 1 / scale) - right / scale, (height / 2) * (1 - 1 / scale)
    turned = answer.transform(answer.size, Image.AFFINE, (1 / scale, 0, across, 0, 1 / scale, down), Image.BICUBIC)
    turned.paste(answer.crop((0, 0, right, height)), (0, 0))
    return turned


def stripes(size):
    """Another picture altogether."""
    ramp = Image.linear_gradient("L").resize((64, 64))
    tile = Image.merge("RGB", (ramp, ramp.rotate(90), ramp.rotate(180)))
    other = Image.new("RGB", size)
    for y in range(0, size[1], 64):
        for x in range(0, size[0], 64):
            other.paste(tile.rotate(90 * ((x // 64 + y // 64) % 4)), (x, y))
    return other


def misdrawn(fault, answer, wanted):
    """The answer with what image models do wrong; `wanted` is where they were to work."""
    match fault:
        case "shift":
            return moved(answer, 1, 3)
        case "zoom":
            return moved(answer, 1.02, 0)
        case "tint":
            return answer.point(lambda value: min(255, value + 4))
        case "grey":
            return answer.point(lambda value: min(253, value))
        case "framed":
            return answer.resize((1024, 1024))
        case "repaint":
            return Image.composite(answer, stripes(answer.size), wanted)
        case "rework":
            return Image.composite(stripes(answer.size), answer, wanted)
        case "soften":
            return answer.filter(ImageFilter.GaussianBlur(0.6)).filter(ImageFilter.UnsharpMask(1, 60, 2))
    return answer

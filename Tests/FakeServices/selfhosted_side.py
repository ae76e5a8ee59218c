"""rembg's and IOPaint's servers. IOPaint's requests are checked with its own schema, rembg's by its form's fields."""
import base64
import json
import urllib.parse

from iopaint.schema import InpaintRequest

import painting
from openai_side import multipart
from wire import Reply

FORM = {"file", "model", "a", "af", "ab", "ae", "om", "ppm", "dc", "vm"}


def rembg(scenario, request):
    if request.path.endswith("/openapi.json"):
        return Reply(body={"openapi": "3.1.0"})
    url = urllib.parse.urlsplit(request.target)
    assert set(urllib.parse.parse_qs(url.query)) <= {"bgc", "extras"}
    fields = {name: data for name, _, _, data in multipart(request.headers["content-type"], request.body)}
    assert "file" in fields and set(fields) <= FORM, set(fields)
    assert fields["model"], "the model must be named"
    picture = painting.opened(fields["file"])
    if scenario == "rubbish":
        return Reply(200, {"content-type": "image/png"}, b"not a picture")
    return Reply(200, {"content-type": "image/png"}, painting.encoded(painting.cut_out(picture, painting.foreground(picture))))


def iopaint(scenario, request):
    if request.path.endswith("/server-config"):
        return Reply(body={"plugins": []})
    body = json.loads(request.body)
    extra = set(body) - set(InpaintRequest.model_fields)
    assert not extra, extra  # the real server ignores what it does not know
    model = InpaintRequest.model_validate(body)
    picture = painting.opened(base64.b64decode(model.image.split(",")[-1], validate=True))
    mask = painting.opened(base64.b64decode(model.mask.split(",")[-1], validate=True)).convert("L")
    assert picture.size == mask.size, "mask and picture differ in size"
    if scenario == "rubbish":
        return Reply(200, {"content-type": "image/png"}, b"not a picture")
    hole = mask.point(lambda value: 255 if value > 127 else 0)
    return Reply(200, {"content-type": "image/png", "X-Seed": str(model.sd_seed)}, painting.encoded(painting.filled(picture, hole)))

"""OpenAI's images and planners. Requests are checked with the types of OpenAI's own library, answers built from them."""
import base64
import email
import json
import typing_extensions

from openai.types import ImagesResponse
from openai.types.image_edit_params import ImageEditParamsNonStreaming
from PIL import ImageChops
from pydantic import TypeAdapter

import painting
from wire import Reply

FIXED = {"gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest"}


def multipart(content_type, raw):
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + raw)
    return [(part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(),
             part.get_payload(decode=True)) for part in message.get_payload()]


def check_edit(content_type, raw):
    body, pictures = {}, []
    for name, filename, mime, data in multipart(content_type, raw):
        if name in ("image", "image[]"):
            assert filename and mime in ("image/png", "image/jpeg", "image/webp"), (name, filename, mime)
            pictures.append(data)
        elif name in ("mask", "markup"):
            assert filename and mime == "image/png", (name, filename, mime)
            body[name] = data
        else:
            body[name] = data.decode()
    for key in ("n", "output_compression", "partial_images"):
        if key in body:
            body[key] = int(body[key])
    assert pictures, "no picture"
    hints = typing_extensions.get_type_hints(ImageEditParamsNonStreaming)
    extra = set(body) - set(hints)
    if extra:
        raise ValueError(f"unknown form fields {sorted(extra)}")
    for key, value in body.items():
        if key not in ("mask", "markup"):
            TypeAdapter(hints[key]).validate_python(value)
    assert "prompt" in body and len(body["prompt"]) <= 32_000
    return body, pictures


def check_size(model, size):
    width, height = (int(n) for n in size.split("x"))
    if model in FIXED:
        assert size in ("1024x1024", "1536x1024", "1024x1536"), size
    else:
        assert width % 16 == 0 and height % 16 == 0 and 1 / 3.05 <= width / height <= 3.05, size
        assert 655_360 <= width * height <= 8_294_400 and max(width, height) <= 3840, size
    return width, height


def edit(scenario, request):
    body, pictures = check_edit(request.headers["content-type"], request.body)
    if body["model"].startswith("gone"):
        return Reply(404, {}, {"error": {"message": f"The model `{body['model']}` does not exist", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}})
    width, height = check_size(body["model"], body["size"])
    plain = painting.opened(pictures[0])
    assert plain.size == (width, height), "the picture has not the size asked for"
    match scenario:
        case "refused":
            return Reply(400, {"x-request-id": "req_refused"}, {"error": {
                "message": "Your request was rejected by the safety system. safety_violations=[violence].",
                "type": "image_generation_user_error", "param": "", "code": "moderation_blocked"}})
        case "nothing":
            return Reply(body={"created": 1, "data": []})
    hole = None
    if "mask" in body:
        assert len(body["mask"]) < 4_000_000
        mask = painting.opened(body["mask"])
        assert mask.mode == "RGBA" and mask.size == plain.size, (mask.mode, mask.size)
        hole = ImageChops.invert(mask.getchannel("A")).point(lambda value: 255 if value > 127 else 0)
    if body.get("background") == "transparent":
        answer = painting.cut_out(plain, painting.foreground(plain))
    else:
        answer = painting.filled(plain, hole if hole is not None else painting.foreground(plain))
    if scenario == "square":
        answer = answer.resize((1024, 1600))
    data = b"not a picture" if scenario == "rubbish" else painting.encoded(answer)
    text = base64.encodebytes(data).decode() if scenario == "lines" else base64.b64encode(data).decode()
    answer = {"created": 1795340000, "background": body.get("background", "opaque"), "output_format": "png", "quality": "medium",
              "size": body["size"], "data": [{"b64_json": text}],
              "usage": {"input_tokens": 1200, "input_tokens_details": {"image_tokens": 1100, "text_tokens": 100},
                        "output_tokens": 1500, "total_tokens": 2700}}
    TypeAdapter(ImagesResponse)
    ImagesResponse.model_construct(**answer)
    return Reply(200, {"x-request-id": "req_1", "content-type": "application/json"}, json.dumps(answer).encode())

"""fal's queue, storage and CDN. The models' inputs are those of fal's own client library for JavaScript."""
import base64
import json
from typing import Literal, Optional

from pydantic import BaseModel, ConfigDict

import painting
from wire import Reply


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")
    image_url: str
    sync_mode: bool = False


class Birefnet(Input):
    model: Literal["General Use (Light)", "General Use (Light 2K)", "General Use (Heavy)", "Matting", "Portrait",
                   "General Use (Dynamic)"] = "General Use (Light)"
    operating_resolution: Literal["1024x1024", "2048x2048", "2304x2304"] = "1024x1024"
    output_format: Literal["webp", "png", "gif"] = "png"
    output_mask: bool = False
    mask_only: bool = False
    refine_foreground: bool = True


class Rembg(Input):
    crop_to_bbox: bool = False


class Eraser(Input):
    mask_url: str
    mask_type: Literal["manual", "automatic"] = "manual"
    preserve_alpha: bool = False


MODELS = {"fal-ai/birefnet/v2": Birefnet, "fal-ai/bria/background/remove": Input, "fal-ai/imageutils/rembg": Rembg,
          "fal-ai/bria/eraser": Eraser}


class Queue:
    def __init__(self):
        self.jobs = {}
        self.cancelled = []
        self.files = {}

    def loaded(self, url):
        if url.startswith("data:image/"):
            assert len(url) <= 10 * 1024 * 1024, "data URI over 10 MiB"
            return painting.opened(base64.b64decode(url.split(",", 1)[1], validate=True))
        return painting.opened(self.files[url.rsplit("/", 1)[1]])

    def answer(self, base, scenario, path, request):
        if path.startswith("cdn/"):
            assert "authorization" not in request.headers, "the key does not belong on the CDN"
            return Reply(200, {"content-type": "image/png"}, self.files[path.split("/")[1]])
        if path == "storage/auth/token":
            return Reply(body={"token": "upload-token-123456", "token_type": "Bearer", "base_url": base, "expires_at": "2030-01-01"})
        if path == "files/upload":
            assert request.headers["authorization"] == "Bearer upload-token-123456"
            name = f"up{len(self.files)}.png"
            self.files[name] = request.body
            return Reply(body={"access_url": f"{base}/cdn/{name}"})
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        assert scheme == "Key" and ":" in key, "Authorization: Key id:secret"
        if request.method == "POST":
            return self.submit(base, scenario, path, request)
        name, _, verb = path.partition("/requests/")[2].partition("/")
        job = self.jobs[name]
        if request.method == "PUT":
            assert verb == "cancel"
            self.cancelled.append(name)
            return Reply(202, body={"status": "CANCELLATION_REQUESTED"})
        if verb == "status":
            return self.status(scenario, job)
        return self.result(base, scenario, job)

    def submit(self, base, scenario, path, request):
        if path not in MODELS:
            return Reply(404, {}, {"detail": "Application not found"})
        assert request.headers["content-type"].startswith("application/json")
        model = MODELS[path].model_validate_json(request.body)
        name = f"req-{len(self.jobs)}"
        self.jobs[name] = {"model": path, "input": model, "asked": 0}
        owner = "/".join(path.split("/")[:2])  # the owner and the alias only, without what follows
        url = f"{base}/{owner}/requests/{name}"
        if scenario == "strange-urls":
            url = f"https://evil.example/{owner}/requests/{name}"
        return Reply(200, {"x-fal-request-id": name}, {
            "status": "IN_QUEUE", "request_id": name, "response_url": url, "status_url": url + "/status",
            "cancel_url": url + "/cancel", "queue_position": 0})

    def status(self, scenario, job):
        job["asked"] += 1
        if scenario == "never":
            return Reply(202, body={"status": "IN_PROGRESS", "logs": None})
        if job["asked"] == 1:
            return Reply(202, body={"status": "IN_QUEUE", "queue_position": 0})
        if scenario == "flaky" and job["asked"] == 2:
            return Reply(503, {}, b"<html>proxy</html>")
        return Reply(200, body={"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 1.2}})

    def result(self, base, scenario, job):
        match scenario:
            case "refused":
                return Reply(422, {}, {"detail": [{"loc": ["body"], "msg": "The content was flagged.", "type": "content_policy_violation"}]})
            case "unreadable":
                return Reply(422, {}, {"detail": [{"loc": ["body", "image_url"], "msg": "Failed to load the image.", "type": "image_load_error", "input": "x"}]})
            case "nothing":
                return Reply(body={"image": None})
        model = job["input"]
        plain = self.loaded(model.image_url)
        if job["model"] == "fal-ai/bria/eraser":
            answer = painting.filled(plain, self.loaded(model.mask_url).convert("L"))
        else:
            answer = painting.cut_out(plain, painting.foreground(plain))
        data = painting.encoded(answer)
        if scenario == "cdn":
            name = f"out{len(self.files)}.png"
            self.files[name] = data
            url = f"{base}/cdn/{name}"
        else:
            assert model.sync_mode
            url = "data:image/png;base64," + base64.b64encode(data).decode()
        return Reply(body={"image": {"url": url, "content_type": "image/png", "file_name": "out.png", "file_size": len(data),
                                     "width": answer.width, "height": answer.height}, "mask_image": None})

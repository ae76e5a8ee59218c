"""Gemini API, Vertex AI and Google's token endpoint. Requests are checked with google-genai's and google-auth's types,
answers are built from them."""
import base64
import json
import struct
import urllib.parse

from google.auth import jwt
from google.genai import types

import painting
import planning
from wire import Reply

TOP = {"contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig", "cachedContent",
       "labels", "serviceTier", "store", "continuationToken"}
GONE = {"gemini-gone-1", "gemini-gone-2", "gemini-2.5-flash-image-gone"}
REFUSALS = {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "PUP_LIMITED_DISABLED", "NO_IMAGE", "IMAGE_OTHER", "OTHER",
            "MALFORMED_RESPONSE", "CONTINUATION"}


def check_request(raw, vertex):
    body = json.loads(raw)
    extra = set(body) - TOP
    if extra:
        raise ValueError(f"unknown top-level fields {sorted(extra)}")
    for content in body["contents"]:
        assert content.get("role") == "user", "role is mandatory"
        types.Content.model_validate_json(json.dumps(content))
    if "systemInstruction" in body:
        types.Content.model_validate_json(json.dumps(body["systemInstruction"]))
    config = dict(body.get("generationConfig", {}))
    image = config.pop("imageConfig", None)  # not a field of types.GenerationConfig
    types.GenerationConfig.model_validate_json(json.dumps(config))
    if image is not None:
        types.ImageConfig.model_validate_json(json.dumps(image))
        if not vertex:  # the SDK refuses the others on the Gemini API
            assert set(image) <= {"aspectRatio", "imageSize"}, set(image)
    return body


def reply(answer):
    return Reply(body=types.GenerateContentResponse.model_validate(answer).model_dump_json(
        by_alias=True, exclude_none=True).encode(), headers={"content-type": "application/json"})


def blob(data, mime="image/png"):
    return {"inlineData": {"mimeType": mime, "data": base64.urlsafe_b64encode(data).decode()}}


def candidate(parts, reason="STOP", **more):
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason, "index": 0}],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}, "responseId": "r1", **more}


def listed():
    """The list of models, as the SDK reads it."""
    model = {"name": "models/gemini-3.8-flash", "supportedActions": ["generateContent"]}
    types.Model.model_validate(model)
    return Reply(body={"models": [{"name": model["name"], "supportedGenerationMethods": model["supportedActions"]}]})


def generate(scenario, model, raw, vertex):
    if model in GONE:
        return Reply(404, {}, {"error": {"code": 404, "status": "NOT_FOUND", "message": f"models/{model} is not found for API version v1"}})
    body = check_request(raw, vertex)
    config = body.get("generationConfig", {})
    if "IMAGE" not in config.get("responseModalities", []):
        if refusal := refused(scenario):
            return refusal
        return reply(candidate([{"text": "let me see", "thought": True}, {"text": planning.gemini(scenario, body)}], modelVersion=model))
    return picture(scenario, body)


def refused(scenario):
    """An answer without what was asked for, if the scenario is one."""
    match scenario.split("-", 1):
        case ["blocked", reason]:
            return reply({"promptFeedback": {"blockReason": reason, "blockReasonMessage": "deliberate block"}})
        case ["finish", reason] if reason in REFUSALS:
            return reply({"candidates": [{"finishReason": reason, "finishMessage": f"deliberate {reason}", "index": 0}]})
        case ["finish", reason]:  # a word that the SDK's list does not have
            return Reply(body={"candidates": [{"finishReason": reason, "index": 0}]})
        case ["words"]:
            return reply(candidate([{"text": "I would rather not draw this."}]))
        case ["nothing"]:
            return Reply(body={})
    return None


def picture(scenario, body):
    parts = body["contents"][0]["parts"]
    pictures = [painting.opened(base64.b64decode(part["inlineData"]["data"], validate=True)) for part in parts if "inlineData" in part]
    prompt = " ".join(part["text"] for part in parts if "text" in part)
    image = body["generationConfig"]["imageConfig"]
    wide, high = (int(n) for n in image["aspectRatio"].split(":"))
    assert abs(pictures[0].width / pictures[0].height / (wide / high) - 1) < 0.05, "the picture has not the ratio asked for"
    if refusal := refused(scenario):
        return refusal
    answer = painting.drawn(pictures[0], pictures[1] if len(pictures) > 1 else None, prompt, scenario)
    data, mime = painting.encoded(answer), "image/png"
    match scenario:
        case "double":
            data = painting.encoded(answer.resize((answer.width * 2, answer.height * 2)))
        case "square":
            data = painting.encoded(answer.resize((700, 1300)))
        case "jpeg":
            data = painting.encoded(answer, "JPEG")  # labelled PNG all the same
        case "rubbish":
            data = b"not a picture"
        case "lines":
            lines = base64.encodebytes(data).decode()
            return Reply(body={"candidates": [{"content": {"role": "model", "parts": [
                {"inlineData": {"mimeType": mime, "data": lines}}]}, "finishReason": "STOP"}]})
    draft = {**blob(painting.encoded(pictures[0])), "thought": True}
    return reply(candidate([{"text": "thinking", "thought": True}, draft, {"text": "Done."}, blob(data, mime)]))


PARAMETERS = {"sampleCount", "negativePrompt", "aspectRatio", "guidanceScale", "seed", "safetySetting", "personGeneration",
              "includeSafetyAttributes", "includeRaiReason", "language", "outputOptions", "addWatermark", "editMode",
              "editConfig", "storageUri"}


def size(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


def predict(scenario, raw):
    body = json.loads(raw)
    assert set(body) <= {"instances", "parameters", "labels"}
    (instance,) = body["instances"]
    assert set(instance) <= {"prompt", "referenceImages"}
    parameters = body["parameters"]
    assert set(parameters) <= PARAMETERS, set(parameters) - PARAMETERS
    assert parameters["editMode"] in {mode.value for mode in types.EditMode}
    files = {}
    for reference in instance["referenceImages"]:
        kind = reference["referenceType"]
        if kind == "REFERENCE_TYPE_MASK":
            config = reference["maskImageConfig"]
            assert set(config) <= {"maskMode", "maskClasses", "dilation"}
            assert config["maskMode"] in {mode.value for mode in types.MaskReferenceMode}
            assert (config["maskMode"] == "MASK_MODE_USER_PROVIDED") == ("referenceImage" in reference)
        image = reference["referenceImage"]
        assert set(image) <= {"bytesBase64Encoded", "gcsUri", "mimeType"}
        files[kind] = base64.b64decode(image["bytesBase64Encoded"], validate=True)
    raw_file, mask_file = files["REFERENCE_TYPE_RAW"], files["REFERENCE_TYPE_MASK"]
    assert size(raw_file) == size(mask_file), "mask and picture differ in size"
    if scenario == "filtered":
        return Reply(body={"predictions": [{"raiFilteredReason": "Unable to show generated images. Support codes: 56562880"}]})
    if scenario == "nothing":
        return Reply(body={})
    answer = painting.filled(painting.opened(raw_file), painting.opened(mask_file).convert("L"))
    return Reply(body={"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(painting.encoded(answer)).decode()}]})


class Tokens:
    """The token endpoint of one server: what it gave out is what Vertex accepts."""

    def __init__(self, public_key):
        self.public_key = public_key
        self.given = 0
        self.valid = set()

    def grant(self, scenario, request):
        assert request.headers["content-type"].split(";")[0] == "application/x-www-form-urlencoded"
        fields = {k: v[0] for k, v in urllib.parse.parse_qs(request.body.decode(), strict_parsing=True).items()}
        if scenario == "revoked":
            return Reply(400, {}, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        if fields["grant_type"] == "refresh_token":
            assert {"client_id", "client_secret", "refresh_token"} <= set(fields)
        else:
            assert fields["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
            assert set(fields) == {"grant_type", "assertion"}
            head = jwt.decode_header(fields["assertion"])
            assert head["alg"] == "RS256" and head["typ"] == "JWT" and head["kid"] == "kid1", head
            claims = jwt.decode(fields["assertion"], certs=self.public_key, audience="https://oauth2.googleapis.com/token",
                                clock_skew_in_seconds=10)
            assert claims["iss"] == "sa@p.iam.gserviceaccount.com"
            assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
            assert 0 < claims["exp"] - claims["iat"] <= 3600
        return Reply(body=self.new(short=scenario == "short"))

    def metadata(self, request):
        assert request.headers["metadata-flavor"] == "Google"
        return Reply(body=self.new(), headers={"metadata-flavor": "Google"})

    def new(self, short=False):
        self.given += 1
        token = f"ya29.fake-token-{self.given}"
        self.valid.add(token)
        return {"access_token": token, "expires_in": "100" if short else 3599, "token_type": "Bearer"}

"""Deliberate faults. The first segment of a base address's path is the scenario: `ok` answers properly,
`FAULT` always misbehaves, `FAULT.once.ANYTHING` misbehaves at the first call under that name and then answers."""
import email.utils
import json
import time

from wire import Reply

GOOGLE_DAY = {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
              "violations": [{"quotaMetric": "m", "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}


def google(code, status, message, details=(), headers=None, wrapped=False, http=None):
    error = {"error": {"code": code, "message": message, "status": status}}
    if details:
        error["error"]["details"] = list(details)
    return Reply(http or code, headers, json.dumps([error] if wrapped else error).encode())


def openai(status, message, code=None, kind="invalid_request_error", headers=None):
    return Reply(status, headers, {"error": {"message": message, "type": kind, "param": None, "code": code}})


def fal(status, message, kind=None, headers=None):
    body = {"detail": [{"loc": ["body"], "msg": message, "type": kind}]} if kind else {"detail": message}
    return Reply(status, headers, body)


def plain(status, message, headers=None):
    return Reply(status, headers, {"detail": message})


def vendor_error(vendor, status, message, headers=None):
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
             408: "CANCELLED", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", 503: "server_is_overloaded"}
    match vendor:
        case "gemini" | "vertex":
            return google(status, names.get(status, "UNKNOWN"), message, headers=headers)
        case "openai":
            return openai(status, message, codes.get(status), headers=headers)
        case "fal":
            return fal(status, message, headers=headers)
    return plain(status, message, headers)


async def fault(name, vendor, request):
    """The misbehaviour, or None for a fault that the vendor's own code plays (a refusal, a wrong size)."""
    match name.split("-"):
        case ["status", code]:
            # Faults that pass name a short wait, so that a test does not wait longer than it must.
            headers = {"retry-after-ms": "20"} if code in ("408", "429", "500", "502", "503", "504") else None
            return vendor_error(vendor, int(code), f"deliberate {code}", headers)
        case ["status", code, "echo"]:
            # As real servers do: the key that was sent is in the message.
            headers = " ".join(request.headers.values())
            return vendor_error(vendor, int(code), f"bad credentials: {headers}"[:900])
        case ["slow", "ms"]:
            return vendor_error(vendor, 429, "slow down", {"retry-after-ms": "150"})
        case ["slow", "seconds"]:
            return vendor_error(vendor, 429, "slow down", {"Retry-After": "1"})
        case ["slow", "date"]:
            return vendor_error(vendor, 429, "slow down", {"Retry-After": email.utils.formatdate(time.time() + 2, usegmt=True)})
        case ["slow", "info"]:
            return google(429, "RESOURCE_EXHAUSTED", "quota", [
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.2s"}])
        case ["slow", "long"]:
            return vendor_error(vendor, 429, "slow down", {"Retry-After": "600"})
        case ["quota"]:
            if vendor == "openai":
                return openai(429, "You exceeded your current quota", "insufficient_quota", "insufficient_quota")
            if vendor in ("gemini", "vertex"):
                return google(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", [GOOGLE_DAY])
            return vendor_error(vendor, 402, "out of credit")
        case ["html"]:
            return Reply(503, {"content-type": "text/html"}, b"<html><body><h1>503 Service Unavailable</h1></body></html>")  # no hint: our own back-off
        case ["user", "timeout"]:
            return Reply(504, {"X-Fal-Request-Timeout-Type": "user"}, {"detail": "Request timed out", "error_type": "request_timeout"})
        case ["wrapped"]:
            return google(503, "UNAVAILABLE", "The model is overloaded", wrapped=True, http=200)
        case ["drop", when]:
            return Reply(body=b'{"x": "' + b"y" * 4000 + b'"}', drop=when)
        case ["stall"]:
            return Reply(body=b"{}", stall=3600)
        case ["truncated"]:
            return Reply(body=b'{"candidates": [{"content": {"parts": [{"inl', headers={"content-type": "application/json"})
        case ["endless"]:
            return Reply(body=b"[" + b" " * (70 << 20), chunked=True)
        case ["elsewhere"]:
            return Reply(307, {"location": "https://example.com/"})
    return None

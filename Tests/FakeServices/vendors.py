"""All vendors in one server. Addresses: /SCENARIO/VENDOR/… with VENDOR gemini, openai, vertex, google, fal, rembg or
iopaint; see faults.py for scenarios. Prints its port as JSON and lives until stdin closes.

A request that a vendor's own types do not accept is answered with 400 and what they said, whatever the scenario.

  GET /calls/SCENARIO    the calls so far under that scenario: vendor, method, path and status of each

A scenario `now.NAME` is what it was last told to be, so that one client meets many faults:

  GET /now/NAME/VENDOR/SCENARIO/COUNT    the vendor's next COUNT calls under now.NAME play SCENARIO, then `ok`
"""
import asyncio
import hashlib
import json
import os
import re
import sys
import traceback

import faults
import fal_side
import google_side
import openai_side
import planning
import selfhosted_side
from wire import Reply, serve

# For measuring: seconds before every answer, and whether equal requests get the answer that the first one got.
DELAY = float(os.environ.get("FAKE_DELAY", "0"))
REMEMBERS = bool(os.environ.get("FAKE_REMEMBERS"))


class Vendors:
    def __init__(self, public_key):
        self.tokens = google_side.Tokens(public_key)
        self.queue = fal_side.Queue()
        self.seen = {}
        self.calls = {}
        self.now = {}
        self.known = {}
        self.port = 0

    async def answer(self, request):
        parts = request.path.strip("/").split("/")
        if parts[0] == "calls":
            return Reply(body=self.calls.get(parts[1], []))
        if parts[0] == "now":
            self.now[parts[1], parts[2]] = [parts[3], int(parts[4])]
            return Reply(body={})
        if parts[0] == "computeMetadata":  # Google's metadata server has no prefix before its path
            return self.tokens.metadata(request)
        if len(parts) < 3:
            return Reply(404)
        name, vendor, path = parts[0], parts[1], "/".join(parts[2:])
        try:
            reply = await self.play(name, vendor, path, request)
        except Exception as error:  # noqa: BLE001: whatever a vendor's types raise is the finding
            traceback.print_exc()
            reply = faults.vendor_error(vendor, 400, f"NOT CONFORMING: {type(error).__name__}: {error}")
        self.calls.setdefault(name, []).append(
            {"vendor": vendor, "method": request.method, "path": path, "status": reply.status if not reply.drop else 0})
        return reply

    async def play(self, name, vendor, path, request):
        scenario = name.split(".")[0]
        times = name.split(".")[1:2]
        is_main = vendor != "google" and not (vendor == "fal" and request.method != "POST")
        if scenario == "now":
            scenario = self.told(times[0], vendor, is_main)
        if times == ["once"]:
            self.seen[name] = self.seen.get(name, 0) + 1
            if self.seen[name] > 1:
                scenario = "ok"
        fault = await faults.fault(scenario, vendor, request) if is_main else None
        if fault:
            return fault
        if DELAY:
            await asyncio.sleep(DELAY)
        base = f"http://127.0.0.1:{self.port}/{name}/{vendor}"
        key = (path, hashlib.sha256(request.body).digest())
        if REMEMBERS and key in self.known:
            return self.known[key]
        if vendor == "google":  # at once, not behind those who wait for a picture: a token has to come within 10 s
            return self.tokens.grant(scenario, request)
        reply = await asyncio.to_thread(self.proper, base, scenario, vendor, path, request)
        if REMEMBERS:
            self.known[key] = reply
        return reply

    def told(self, name, vendor, is_main):
        """What `now.NAME` is at the moment. What follows a call (fal's queue) plays what the call played."""
        told = self.now.get((name, vendor), ["ok", 0])
        if not is_main:
            return told[0] if told[1] >= 0 else "ok"
        told[1] -= 1
        return told[0] if told[1] >= 0 else "ok"

    def proper(self, base, scenario, vendor, path, request):
        match vendor:
            case "gemini":
                assert request.headers.get("x-goog-api-key"), "no key"
                assert "key=" not in request.target, "the key is in the address"
                if re.fullmatch(r"v1(?:beta)?/models", path):
                    return google_side.listed()
                model = re.fullmatch(r"v1(?:beta)?/models/([^/:]+):generateContent", path)
                return google_side.generate(scenario, model[1], request.body, vertex=False)
            case "vertex":
                token = request.headers.get("authorization", "").removeprefix("Bearer ")
                if token not in self.tokens.valid:
                    return faults.google(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
                if scenario == "expired" and self.seen.setdefault(base, token) == token:
                    self.tokens.valid.discard(token)  # the first token under this name ends early
                    return faults.google(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
                if re.fullmatch(r"v1/projects/p/locations/[a-z0-9-]+", path):
                    return Reply(body={"name": path.removeprefix("v1/"), "locationId": path.split("/")[-1]})
                model = re.fullmatch(r"v1/projects/p/locations/[a-z0-9-]+/publishers/google/models/([^/:]+):(generateContent|predict)", path)
                if model[2] == "predict":
                    return google_side.predict(scenario, request.body)
                return google_side.generate(scenario, model[1], request.body, vertex=True)
            case "openai":
                assert request.headers.get("authorization", "").startswith("Bearer "), "no key"
                if path.endswith("images/edits"):
                    return openai_side.edit(scenario, request)
                return planning.openai(scenario, path, request)
            case "fal":
                return self.queue.answer(base, scenario, path, request)
            case "rembg":
                return selfhosted_side.rembg(scenario, request)
            case "iopaint":
                return selfhosted_side.iopaint(scenario, request)
        return Reply(404)


async def main():
    public_key = open(sys.argv[1]).read() if len(sys.argv) > 1 else ""
    vendors = Vendors(public_key)
    server, vendors.port = await serve(vendors.answer)
    print(json.dumps({"http": vendors.port}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # without a farewell to calls that still wait


asyncio.run(main())

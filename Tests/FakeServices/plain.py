"""The server of TransportTests: what it does is in the path. Prints its ports as JSON and lives until stdin closes.

  /echo                 what was sent, as JSON
  /status/CODE          that status
  /delay/MS             answers after that time
  /bytes/N[/chunked]    N bytes
  /drop/before, /drop/inside
  /redirect?TO          302 to TO
"""
import asyncio
import base64
import json
import os
import ssl
import sys
import urllib.parse

from wire import Reply, serve


async def answer(request):
    parts = request.path.strip("/").split("/")
    match parts:
        case ["echo"]:
            return Reply(body={
                "method": request.method, "target": request.target, "headers": request.headers,
                "body": base64.b64encode(request.body).decode(), "size": len(request.body)})
        case ["status", code]:
            return Reply(int(code), {"X-Kind": "Test"}, b"status " + code.encode())
        case ["delay", milliseconds]:
            return Reply(body=b"x" * 65536, stall=int(milliseconds) / 1000)
        case ["bytes", count]:
            return Reply(body=b"x" * int(count))
        case ["bytes", count, "chunked"]:
            return Reply(body=b"x" * int(count), chunked=True)
        case ["error", count]:
            return Reply(500, body=b"x" * int(count))
        case ["drop", when]:
            return Reply(body=b"x" * 10_000, drop=when)
        case ["redirect"]:
            return Reply(302, {"location": urllib.parse.unquote(request.target.split("?", 1)[1])})
    return Reply(404)


async def main():
    ports = {}
    servers = []
    server, ports["http"] = await serve(answer)
    servers.append(server)
    for name, certificate in zip(sys.argv[1::2], sys.argv[2::2]):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if name == "old":
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(certificate)
        server, ports[name] = await serve(answer, ssl=context)
        servers.append(server)
    print(json.dumps(ports), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # without a farewell to calls that still wait


asyncio.run(main())

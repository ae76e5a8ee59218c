"""A small HTTP/1.1 server on sockets that can also misbehave below HTTP: close early, stall, or send without end.

Standard library only. Every request is written down; what is answered is decided by `answer(request)`, a
coroutine that returns a Reply.
"""
import asyncio
import json


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.path = target.split("?")[0]
        self.headers = headers  # lower-case names
        self.body = body


class Reply:
    def __init__(self, status=200, headers=None, body=b"", declared=None, chunked=False, stall=0.0, drop=None):
        self.status = status
        self.headers = dict(headers or {})
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            self.headers.setdefault("content-type", "application/json")
        self.body = body
        self.declared = declared  # a Content-Length that is not true
        self.chunked = chunked
        self.stall = stall  # seconds before the first byte
        self.drop = drop  # "before": no byte at all; "inside": half of the body


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        if ":" in line:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            size = int((await reader.readline()).strip() or b"0", 16)
            if size == 0:
                await reader.readline()
                break
            body += await reader.readexactly(size)
            await reader.readline()
    elif "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    return Request(method, target, headers, body)


async def write_reply(writer, reply):
    if reply.stall:
        await asyncio.sleep(reply.stall)
    if reply.drop == "before":
        writer.transport.abort()
        return False
    lines = [f"HTTP/1.1 {reply.status} X"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.chunked:
        lines.append("transfer-encoding: chunked")
    else:
        lines.append(f"content-length: {reply.declared if reply.declared is not None else len(reply.body)}")
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")
    if reply.drop == "inside":
        writer.write(reply.body[: len(reply.body) // 2])
        await writer.drain()
        writer.transport.abort()
        return False
    if reply.chunked:
        for start in range(0, len(reply.body), 65536):
            piece = reply.body[start : start + 65536]
            writer.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
    else:
        writer.write(reply.body)
    await writer.drain()
    return True


async def serve(answer, ssl=None, host="127.0.0.1"):
    async def handle(reader, writer):
        try:
            while True:
                request = await read_request(reader)
                reply = await answer(request)
                if not await write_reply(writer, reply):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, OSError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=ssl, limit=1 << 20, backlog=512)
    return server, server.sockets[0].getsockname()[1]

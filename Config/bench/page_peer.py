"""What a FastAPI service does for the same requests: a list of jobs from memory, a file, events to whoever listens.

Its changes are kept in memory only; those of SceneHF are on the disk before anybody hears of them.
"""
import asyncio, json, sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, StreamingResponse

app = FastAPI()
jobs = json.load(open(sys.argv[2]))
listeners = set()


@app.get("/api/jobs")
async def list_jobs():
    return jobs


@app.get("/file")
async def file():
    return FileResponse(sys.argv[3])


@app.post("/change")
async def change(request: Request):
    event = await request.json()
    for queue in listeners:
        queue.put_nowait(event)
    return event


@app.get("/api/events")
async def events():
    async def stream():
        queue = asyncio.Queue()
        listeners.add(queue)
        yield "event: snapshot\ndata: []\n\n"
        while True:
            yield f"event: log\ndata: {json.dumps(await queue.get())}\n\n"
    return StreamingResponse(stream(), media_type="text/event-stream")


uvicorn.run(app, port=int(sys.argv[1]), log_level="error", timeout_graceful_shutdown=1)

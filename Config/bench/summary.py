#!/usr/bin/env python3
"""The one table of speed: what each topic found beside its goal, pasted into README.md.

A topic notes its rows when it ends; `summary.py README` writes the table of all topics between two marks.
"""
import datetime, json, os, sys

TOPICS = ["intake", "pixels", "folder", "whole", "services", "jobs", "start"]
BEGIN, END = "<!-- Config/bench.sh writes this table -->", "<!-- end of the table -->"


def note(topic, rows):
    """Keeps rows of (what, SceneHF, peer, ratio, goal), all text, until the table is written."""
    folder = os.path.join(os.environ["BENCH"], "summary")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, topic + ".json"), "w") as file:
        json.dump({"day": str(datetime.date.today()), "rows": rows}, file)


def table():
    lines = ["| What | SceneHF | beside | ratio | goal |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        path = os.path.join(os.environ["BENCH"], "summary", topic + ".json")
        if not os.path.exists(path):
            continue
        with open(path) as file:
            lines += ["| " + " | ".join(row) + " |" for row in json.load(file)["rows"]]
    return "\n".join(lines)


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        text = file.read()
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    with open(sys.argv[1], "w") as file:
        file.write(text[:start] + "\n" + table() + "\n" + text[end:])
    print(table())

"""Loaders that others wrote (wrk, h2load), a process's processor time, and medians of interleaved rounds."""
import os
import re
import shutil
import statistics
import subprocess

UNITS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 60e6}


def microseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]


def cpu_seconds(pid):
    """Of a process and all that it started."""
    total, tick = 0.0, os.sysconf("SC_CLK_TCK")
    for each in [pid, *children(pid)]:
        try:
            fields = open(f"/proc/{each}/stat").read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += (int(fields[11]) + int(fields[12])) / tick
    return total


def children(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task") if os.path.exists(f"/proc/{pid}/task") else []:
        try:
            for child in open(f"/proc/{pid}/task/{task}/children").read().split():
                found += [int(child), *children(int(child))]
        except FileNotFoundError:
            pass
    return found


def memory_kb(pid, what="Rss"):
    text = open(f"/proc/{pid}/smaps_rollup").read()
    return int(re.search(rf"^{what}:\s+(\d+)", text, re.M)[1])


def script(question, folder):
    """What wrk reads: method, fields and body."""
    path = folder / (question["file"].name + ".lua")
    kind = "application/octet-stream" if question["head"] is not None else "application/json"
    length = f'wrk.headers["Inference-Header-Content-Length"] = "{question["head"]}"\n' if question["head"] else ""
    path.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "{kind}"\n{length}'
                    f'local f = io.open("{question["file"]}", "rb")\nwrk.body = f:read("*a")\nf:close()\n')
    return path


def wrk(url, lua, clients, seconds, pid):
    before = cpu_seconds(pid)
    out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", str(lua), url],
                         capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", out)[1])
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {"p50": microseconds(re.search(r"^\s+50%\s+(\S+)", out, re.M)[1]), "p99": microseconds(re.search(r"^\s+99%\s+(\S+)", out, re.M)[1]),
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), "failed": int(failed[1]) if failed else 0,
            "cpu": 1e6 * (cpu_seconds(pid) - before) / max(1, requests)}


def h2load(address, question, clients, seconds, pid):
    before = cpu_seconds(pid)
    log = question["file"].with_suffix(".h2log")
    log.unlink(missing_ok=True)
    out = subprocess.run(["h2load", "-t1", f"-c{clients}", "-m1", "-D", str(seconds), "-d", str(question["file"]),
                          "-H", "content-type: application/grpc", "-H", "te: trailers", f"--log-file={log}",
                          f"http://{address}/inference.GRPCInferenceService/ModelInfer"],
                         capture_output=True, text=True, check=True).stdout
    done = int(re.search(r"(\d+) succeeded", out)[1])
    times = sorted(int(line.split("\t")[2]) for line in open(log))
    log.unlink()
    return {"p50": float(times[len(times) // 2]), "p99": float(times[int(len(times) * 0.99)]),
            "rate": float(re.search(r"([\d.]+) req/s", out)[1]), "failed": int(re.search(r"(\d+) failed", out)[1]),
            "cpu": 1e6 * (cpu_seconds(pid) - before) / max(1, done)}


def median(rounds):
    return {key: statistics.median(one[key] for one in rounds) if key != "failed" else sum(one[key] for one in rounds)
            for key in rounds[0]}


def in_turns(cases, rounds):
    """cases: name → function; each is called once a round, and the medians are given."""
    found = {name: [] for name in cases}
    for number in range(rounds):
        names = list(cases) if number % 2 == 0 else list(reversed(cases))
        for name in names:
            found[name].append(cases[name]())
    return {name: median(rows) for name, rows in found.items()}


def missing():
    return [name for name in ("wrk", "h2load") if shutil.which(name) is None]

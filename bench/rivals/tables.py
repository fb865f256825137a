"""What bench/optimise found, as Markdown: all of it in RIVALS.md, the short of it in RESULTS.md."""
import datetime
import re
from pathlib import Path

BEGIN, END = "<!-- rivals:begin -->", "<!-- rivals:end -->"


def share(score: dict, floats: dict) -> str:
    if not score:
        return "–"
    if "error" in score:
        return "does not load" if "Load model" in score["error"] else "not scored"
    if "top1" in score:
        return f"{score['top1'] * 100:.2f} % ({score['top1'] / floats['top1'] * 100:.1f} % kept)"
    if "ap" in score:
        return f"{score['agreement'] * 100:.1f} % agree, AP {score['ap'] * 100:.1f}"
    return f"{score['agreement'] * 100:.2f} % agree"


def pace(row: dict) -> str:
    p = row.get("pace")
    return f"{p['speedup']:.2f}× ({p['low']:.2f} to {p['high']:.2f})" if p else "–"


def cpu(row: dict) -> str:
    return "–" if row.get("absent") else f"{row['cpu_s']:.1f}"


def says(row: dict) -> str:
    if row.get("absent"):
        return row["absent"]
    if row["report"] is not None:
        failing = [f"{one['target']}: {gate['name']}" for one in row["report"] for gate in one["gates"] if gate["verdict"] == "fails"]
        return "refuses (" + ", ".join(failing) + ")" if failing else "certified"
    if row["code"] != 0:
        return f"exit {row['code']}: {row['said'][:90]}"
    return "nothing, exit 0"


def line(row: dict) -> str:
    scores = ", ".join(f"{t} {s.get('top1', s.get('agreement', s.get('error')))}" for t, s in row["scores"].items())
    if row.get("absent"):
        return f"{row['title']}: {row['absent']}"
    return f"{row['title']}: {scores}; {row['cpu_s']:.1f} CPU s, {row['peak_mb']:.0f} MB; {says(row)}"


def table(result: dict) -> list[str]:
    floats = result["float"]
    of = f"{floats['labelled']} labelled samples, float {floats['top1'] * 100:.2f} %" if "top1" in floats else f"{floats.get('samples', '?')} samples"
    lines = [f"## {result['title']}: {of}, {result['float_mb']:.2f} MB", "",
             "| made by | on VNNI | on AVX2 | MB | times as fast here | CPU s | peak MB | what the tool says |",
             "|---|---|---|---:|---|---:|---:|---|"]
    for row in result["rows"]:
        cells = [row["title"], share(row["scores"].get("vnni"), floats), share(row["scores"].get("avx2"), floats),
                 f"{row['mb']:.3f}" if "mb" in row else "–", pace(row), cpu(row), f"{row['peak_mb']:.0f}" if row["peak_mb"] else "–", says(row)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines + [""]


def install(found: dict) -> list[str]:
    lines = ["## What has to be installed", "", "| tool | MB |", "|---|---:|", f"| `oree`, stripped | {found['oree']:.1f} |"]
    if found["runtime"]:
        lines.append(f"| ONNX Runtime's library, which it opens | {found['runtime']:.1f} |")
    lines += [f"| environment of {name} | {found[name]:.0f} |" for name in ("ort", "nncf", "olive") if name in found]
    links = "links" if found["python"] else "links no"
    return lines + ["", f"`oree` {links} Python; it ran here with an empty environment, without PATH.", ""]


def installed(row: dict, found: dict, environments: dict) -> str:
    """MB on the disk of what runs it; of oree, itself and the runtime that it opens."""
    size = found["oree"] + (found["runtime"] or 0) if row["report"] is not None else found.get(environments.get(row["title"]))
    return f"{size:.0f}" if size else "–"


def short(results: list[dict], found: dict, environments: dict) -> list[str]:
    lines = ["| network | made by | on VNNI | on AVX2 | MB | times as fast | CPU s | peak MB | installed MB |",
             "|---|---|---|---|---:|---|---:|---:|---:|"]
    absent = {}
    for result in results:
        for row in result["rows"]:
            if row.get("absent"):
                absent[row["title"]] = row["absent"]
                continue
            lines.append("| " + " | ".join([
                result["case"], row["title"], share(row["scores"].get("vnni"), result["float"]), share(row["scores"].get("avx2"), result["float"]),
                f"{row['mb']:.3f}" if "mb" in row else "–", pace(row).split(" ")[0], cpu(row),
                f"{row['peak_mb']:.0f}" if row["peak_mb"] else "–", installed(row, found, environments)]) + " |")
    return lines + [line for title, why in absent.items() for line in ("", f"{title}: {why}.")]


def between(path: Path, lines: list[str]):
    """Replaces what stands between the marks of a file, or adds it at the end."""
    text = "\n".join([BEGIN, *lines, END])
    old = path.read_text()
    if BEGIN in old:
        path.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: text, old, flags=re.DOTALL))
    else:
        path.write_text(old.rstrip() + "\n\n" + text + "\n")


def write(here: Path, results: list[dict], found: dict, environments: dict, processor: str, missing: list[str], keep: bool):
    lines = ["# `oree optimise run` beside other quantisers", "",
             f"Made by `./run bench optimise` on {datetime.date.today()}, {processor}, ONNX Runtime 1.31.1 at 1 thread, 2 shared cores.",
             "", *Path(here / "rivals/about.md").read_text().splitlines(), ""]
    for result in results:
        lines += table(result)
    if missing:
        lines += [f"Not measured in this run: {'; '.join(missing)}.", ""]
    lines += install(found)
    print("\n".join(lines))
    if missing and not keep:
        print("RIVALS.md and RESULTS.md are left as they are: not all networks were measured")
        return
    (here / "RIVALS.md").write_text("\n".join(lines))
    between(here / "RESULTS.md", ["## Networks in 8 bits beside other quantisers", "",
                                  "By `./run bench optimise`; more in [RIVALS.md](RIVALS.md).", "", *short(results, found, environments)])

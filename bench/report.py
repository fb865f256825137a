"""The table of bench/RESULTS.md: a row per measure, with its bar and whether it was reached."""
import datetime
import platform
import re
from pathlib import Path


class Table:
    def __init__(self):
        self.rows = []

    def add(self, measure: str, figure: str, bar: str, reached: bool | None):
        verdict = "" if reached is None else "yes" if reached else "**no**"
        self.rows.append((measure, figure, bar, verdict))
        print(f"  {measure}: {figure}  (bar: {bar}) {verdict}", flush=True)

    def write(self, path: Path, sections: list[str]):
        lines = ["# Results", "",
                 f"Made by `./run bench` on {datetime.date.today()}, {cpu_name()}, 2 cores used, ONNX Runtime at 1 thread.",
                 "Medians of interleaved runs; a shared machine, so read the ratios rather than the times.", "",
                 "| measure | figure | bar | reached |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        # What other benches wrote between their marks stays.
        others = re.findall(r"<!-- (\w+):begin -->.*?<!-- \1:end -->", path.read_text(), re.DOTALL) if path.exists() else []
        kept = [re.search(f"<!-- {name}:begin -->.*?<!-- {name}:end -->", path.read_text(), re.DOTALL)[0] for name in others]
        path.write_text("\n".join(lines + [""] + sections + kept) + "\n")


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def ms(us: float) -> str:
    return f"{us / 1000:.2f} ms"

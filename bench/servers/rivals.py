"""Other people's servers, each in its own environment: installed when first asked for, started, asked whether ready."""
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parent.parent / ".deps/servers"


def environment(name):
    """The environment's folder; None, with a word, when it cannot be made here."""
    folder, wanted = HOME / name, (HERE / f"{name}.txt").read_text()
    if (folder / "wanted").exists() and (folder / "wanted").read_text() == wanted:
        return folder
    print(f"installing {name} …", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False).returncode == 0
    pip = [str(folder / "bin/python"), "-m", "pip", "-q", "install", "--disable-pip-version-check", "-r", str(HERE / f"{name}.txt")]
    if not made or subprocess.run(pip, check=False).returncode != 0:
        print(f"{name}: could not be installed; its rows are left out", file=sys.stderr)
        return None
    (folder / "wanted").write_text(wanted)
    return folder


def wait_until(url, process, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if urllib.request.urlopen(url, timeout=1).status == 200:
                return True
        except OSError:
            pass
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    return False


class Rival:
    def __init__(self, name, process, urls, grpc=None):
        self.name, self.process, self.urls, self.grpc = name, process, urls, grpc

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def start(name, repository, port, log):
    folder = environment(name)
    if folder is None:
        return None
    python = str(folder / "bin/python")
    env = dict(os.environ, REPOSITORY=str(repository), PYTHONPATH=str(HERE), OMP_NUM_THREADS="1")
    process, urls, ready, grpc = STARTERS[name](folder, python, repository, port, env, log)
    if not wait_until(ready, process):
        process.kill()
        print(f"{name}: did not become ready (see {log.name}); its rows are left out", file=sys.stderr)
        return None
    return Rival(name, process, urls, grpc)


def _fastapi(folder, python, repository, port, env, log):
    process = subprocess.Popen([python, "-m", "uvicorn", "fastapi_app:app", "--port", str(port), "--no-access-log",
                                "--log-level", "warning"], env=env, cwd=HERE, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    return process, {"simple.json": f"{base}/v2/models/simple/infer", "mnv2.json": f"{base}/v2/models/mnv2/infer"}, f"{base}/ready", None


def _litserve(folder, python, repository, port, env, log):
    process = subprocess.Popen([python, str(HERE / "litserve_app.py"), str(port)], env=env, cwd=HERE, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    return process, {"simple.json": f"{base}/predict"}, f"{base}/health", None


def _mlserver(folder, python, repository, port, env, log):
    home = folder / "models"
    shutil.rmtree(home, ignore_errors=True)
    for name in ("simple", "mnv2"):
        (home / name).mkdir(parents=True)
        (home / name / "model-settings.json").write_text(json.dumps(
            {"name": name, "implementation": "mlserver_runtime.Onnx",
             "parameters": {"uri": str(repository / name / "1/model.onnx")}}))
    (home / "settings.json").write_text(json.dumps({"http_port": port, "grpc_port": port + 1, "metrics_port": port + 2,
                                                    "host": "127.0.0.1", "parallel_workers": 0, "debug": False}))
    process = subprocess.Popen([python, "-c", "from mlserver.cli.main import main; main()", "start", str(home)],
                               env=env, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    urls = {f"{n}.json": f"{base}/v2/models/{n}/infer" for n in ("simple", "mnv2")}
    return process, urls, f"{base}/v2/health/ready", f"127.0.0.1:{port + 1}"


def _triton(folder, python, repository, port, env, log):
    import sysconfig
    site = next((folder / "lib").glob("python3*")) / "site-packages"
    version = sysconfig.get_python_version()
    home = site / "pytriton/tritonserver"
    backends = folder / "backends"
    shutil.rmtree(backends, ignore_errors=True)
    shutil.copytree(home / "backends", backends)
    stub = home / f"python_backend_stubs/{version}/triton_python_backend_stub"
    if stub.exists():
        shutil.copy(stub, backends / "python/triton_python_backend_stub")
    models = folder / "models"
    shutil.rmtree(models, ignore_errors=True)
    (models / "simple/1").mkdir(parents=True)
    shutil.copy(HERE / "triton_simple.py", models / "simple/1/model.py")
    ports = "".join(f'{kind} [{{name: "{kind.upper()}{n}" data_type: TYPE_INT32 dims: [16]}}]\n' for kind in ("input", "output") for n in (0, 1))
    (models / "simple/config.pbtxt").write_text(f'backend: "python"\nmax_batch_size: 8\n{ports}')
    env["LD_LIBRARY_PATH"] = f"{site / 'nvidia_pytriton.libs'}:{home / 'external_libs'}"
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    process = subprocess.Popen([str(home / "bin/tritonserver"), f"--model-repository={models}", f"--backend-directory={backends}",
                                "--http-address=127.0.0.1", f"--http-port={port}", "--grpc-address=127.0.0.1",
                                f"--grpc-port={port + 1}", f"--metrics-port={port + 2}", "--allow-gpu-metrics=false"],
                               env=env, stdout=log, stderr=log)
    base = f"http://127.0.0.1:{port}"
    url = f"{base}/v2/models/simple/infer"
    return process, {"simple.json": url, "simple.bin": url}, f"{base}/v2/health/ready", f"127.0.0.1:{port + 1}"


STARTERS = {"fastapi": _fastapi, "litserve": _litserve, "mlserver": _mlserver, "triton": _triton}

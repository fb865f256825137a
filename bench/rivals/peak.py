"""Runs a program and writes the peak of its resident memory: peak.py OUT.json PROGRAM ARGS

A process of its own, and a small one: what a child inherits at its start counts towards its peak.
"""
import json
import resource
import subprocess
import sys

code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as out:
    json.dump({"peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}, out)
sys.exit(code)

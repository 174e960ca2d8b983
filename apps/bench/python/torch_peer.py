"""PyTorch as a peer: reads one JSON request a line, answers with one, and is blocked on its input in between.

Run by the bench with the number of threads: torch_peer.py 2. The protocol is that of src/protocol.ts.
"""
import json
import os
import re
import sys
import time

THREADS = int(sys.argv[1])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(THREADS)  # read when the libraries are loaded

import torch  # noqa: E402

torch.set_num_threads(THREADS)
torch.manual_seed(1)


def kilobytes(name):
    try:
        with open("/proc/self/status") as status:
            found = re.search(rf"^{name}:\s+(\d+) kB$", status.read(), re.M)
    except OSError:
        return None
    return int(found.group(1)) * 1024 if found else None


def memory():
    return {"residentBytes": kilobytes("VmRSS"), "peakBytes": kilobytes("VmHWM")}


def forget_peak():
    try:
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")
    except OSError:
        pass  # not Linux, or a container that forbids it: the peak stays that of the whole process


def blas_libraries():
    """The BLAS that is loaded: torch says only `generic`, and Debian lets the system choose."""
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if "/" in line}
    except OSError:
        return []
    names = sorted(os.path.basename(path) for path in files)
    return [name for name in names if re.search(r"blas|mkl_rt|mkl_core|libblis|Accelerate", name)]


def ready():
    libraries = blas_libraries()
    warnings = []
    known = ("openblas", "mkl", "blis", "atlas", "accelerate")
    if not torch.backends.mkl.is_available() and not any(
        word in name.lower() for name in libraries for word in known
    ):
        warnings.append(
            "PyTorch found only the reference BLAS (%s): its figures are far too low. Install OpenBLAS (libopenblas0)."
            % (", ".join(libraries) or "none seen")
        )
    core = os.environ.get("OPENBLAS_CORETYPE", "")
    if core and any("openblas" in name for name in libraries):
        warnings.append(
            "OPENBLAS_CORETYPE is %s, so OpenBLAS does not choose its kernels by the processor: unset it to see them all."
            % core
        )
    facts = {
        "torch": torch.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "threads": torch.get_num_threads(),
        "blas": ", ".join(libraries) or ("MKL" if torch.backends.mkl.is_available() else "not seen"),
        "OPENBLAS_CORETYPE": core,
    }
    forget_peak()
    return {"facts": facts, "warnings": warnings, "residentBytes": memory()["residentBytes"]}


def training(spec):
    batch, steps, classes = spec["batch"], spec["time"], spec["classes"]
    kind = torch.nn.LSTM if spec["cell"] == "lstm" else torch.nn.GRU
    layer = kind(spec["inputSize"], spec["hiddenSize"], num_layers=spec["numLayers"])
    parameters = list(layer.parameters())
    x = torch.rand(steps, batch, spec["inputSize"]) * 2 - 1
    head = torch.nn.Linear(spec["hiddenSize"], classes) if classes else None
    targets = torch.randint(max(classes, 1), (steps * batch,))
    if head:
        parameters += list(head.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-3)

    def call():
        h, _ = layer(x)
        if head:
            logits = head(h).reshape(steps * batch, classes)
            loss = torch.nn.functional.cross_entropy(logits, targets)
        else:
            loss = (h * h).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.item()

    count = sum(p.numel() for p in parameters)
    return {"call": call, "parameters": count, "note": "two biases a gate"}


def product(spec):
    a = torch.rand(spec["m"], spec["k"]) * 2 - 1
    b = torch.rand(spec["k"], spec["n"]) * 2 - 1

    def call():
        with torch.no_grad():
            for _ in range(spec["repeat"]):
                torch.mm(a, b)

    return {"call": call}


def stream(spec):
    """The better of LSTM and LSTMCell, found by trying both."""
    tried = [of_lstm(spec), of_lstm_cell(spec)]
    seconds = [min(timed(each["call"]) for _ in range(5)) for each in tried]
    return tried[seconds.index(min(seconds))]


def of_lstm(spec):
    layer = torch.nn.LSTM(spec["inputSize"], spec["hiddenSize"])
    x = torch.rand(1, 1, spec["inputSize"]) * 2 - 1
    held = {"state": None}

    def call():
        with torch.no_grad():
            for _ in range(spec["repeat"]):
                _, held["state"] = layer(x, held["state"])

    return {"call": call, "note": "LSTM"}


def of_lstm_cell(spec):
    cell = torch.nn.LSTMCell(spec["inputSize"], spec["hiddenSize"])
    x = torch.rand(1, spec["inputSize"]) * 2 - 1
    held = {"state": None}

    def call():
        with torch.no_grad():
            for _ in range(spec["repeat"]):
                held["state"] = cell(x, held["state"])

    return {"call": call, "note": "LSTMCell"}


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


KINDS = {"training": training, "product": product, "stream": stream}


def run(workload, calls):
    seconds, loss = [], None
    for _ in range(calls):
        start = time.perf_counter()
        loss = workload["call"]()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "loss": loss, **memory()}


def obey(request, workloads):
    name = request["id"]
    if request["do"] == "drop":
        return workloads.pop(name, None) is not None
    if request["do"] == "run":
        return run(workloads[name], request["calls"])
    spec = request["spec"]
    if spec["kind"] not in KINDS:
        raise ValueError("PyTorch is not measured at %s" % spec["kind"])
    workloads[name] = KINDS[spec["kind"]](spec)
    return {key: value for key, value in workloads[name].items() if key != "call"}


def main():
    workloads = {}
    print(json.dumps({"ok": ready()}), flush=True)
    for line in sys.stdin:
        try:
            answer = {"ok": obey(json.loads(line), workloads)}
        except Exception as error:  # whatever it is, the bench says it
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        print(json.dumps(answer), flush=True)


main()

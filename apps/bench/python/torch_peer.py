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


def attention(spec):
    """Forward and backward, to the input too."""
    n, heads = spec["size"], spec["numHeads"]
    if spec["part"] == "mha":
        layer = torch.nn.MultiheadAttention(n, heads, batch_first=True)
        forward = lambda x: layer(x, x, x, need_weights=False)[0]  # noqa: E731
    else:
        layer = forward = torch.nn.TransformerEncoderLayer(
            n, heads, 4 * n, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
    parameters = list(layer.parameters())
    x = (torch.rand(spec["batch"], spec["time"], n) * 2 - 1).requires_grad_()

    def call():
        for each in (x, *parameters):
            each.grad = None
        y = forward(x)
        loss = (y * y).mean()
        loss.backward()
        return loss.item()

    return {"call": call, "parameters": sum(p.numel() for p in parameters)}


class Block:
    """A causal layer by hand: one product for q, k and v, and a cache that lies ready at its full length."""

    def __init__(self, n, heads, longest):
        self.heads, self.size = heads, n // heads
        self.norms = [torch.nn.LayerNorm(n) for _ in range(2)]
        self.qkv, self.out = torch.nn.Linear(n, 3 * n), torch.nn.Linear(n, n)
        self.up, self.down = torch.nn.Linear(n, 4 * n), torch.nn.Linear(4 * n, n)
        self.k = torch.zeros(heads, self.size, longest)
        self.v = torch.zeros(heads, longest, self.size)

    def modules(self):
        return [*self.norms, self.qkv, self.out, self.up, self.down]

    def step(self, x, turns, mask, start):
        """x [time, n]: the steps from `start` on."""
        time, n = x.shape
        end = start + time
        q, k, v = self.qkv(self.norms[0](x)).view(time, 3, self.heads, self.size).unbind(1)
        q, k = turned(torch.stack((q, k)), turns).unbind()
        self.k[:, :, start:end] = k.permute(1, 2, 0)
        self.v[:, start:end] = v.transpose(0, 1)
        scores = torch.matmul(q.transpose(0, 1) * self.size**-0.5, self.k[:, :, :end])
        if mask is not None:
            scores = scores + mask
        y = torch.matmul(torch.softmax(scores, -1), self.v[:, :end])
        x = x + self.out(y.transpose(0, 1).reshape(time, n))
        return x + self.down(torch.nn.functional.gelu(self.up(self.norms[1](x))))


def turned(x, turns):
    """Rotary positions: pairs as complex numbers."""
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2)


def generation(spec):
    n, heads, longest = spec["size"], spec["numHeads"], spec["prompt"] + spec["length"]
    blocks = [Block(n, heads, longest) for _ in range(spec["numLayers"])]
    embedding = torch.nn.Embedding(spec["vocabSize"], n)
    norm, head = torch.nn.LayerNorm(n), torch.nn.Linear(n, spec["vocabSize"])
    half = n // heads // 2
    angles = torch.outer(torch.arange(longest).float(), 10_000 ** (-torch.arange(half) / half))
    turns = torch.polar(torch.ones_like(angles), angles)[:, None]
    prompt = torch.arange(spec["prompt"]) % spec["vocabSize"]
    masks = torch.full((spec["prompt"], spec["prompt"]), float("-inf")).triu(1)

    def next_id(ids, start):
        x = embedding(ids)
        mask = masks if len(ids) > 1 else None
        for block in blocks:
            x = block.step(x, turns[start : start + len(ids)], mask, start)
        return head(norm(x[-1:])).argmax(-1)

    def call():
        with torch.inference_mode():
            ids, start = prompt, 0
            for _ in range(spec["length"]):
                made = next_id(ids, start)
                start += len(ids)
                ids = made
                ids.item()  # a reader sees each of them

    modules = [embedding, norm, head, *(each for block in blocks for each in block.modules())]
    count = sum(p.numel() for each in modules for p in each.parameters())
    return {"call": call, "parameters": count}


def ctc(spec):
    """Forward and backward from scores; class 0 is the blank."""
    batch, time, labels, classes = (spec[key] for key in ("batch", "time", "labels", "classes"))
    logits = torch.randn(time, batch, classes).requires_grad_()
    targets = torch.randint(1, classes, (batch, labels))
    lengths = torch.full((batch,), time), torch.full((batch,), labels)

    def call():
        logits.grad = None
        loss = torch.nn.functional.ctc_loss(logits.log_softmax(-1), targets, *lengths)
        loss.backward()
        return loss.item()

    return {"call": call}


KINDS = {
    "training": training,
    "product": product,
    "stream": stream,
    "attention": attention,
    "generation": generation,
    "ctc": ctc,
}


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

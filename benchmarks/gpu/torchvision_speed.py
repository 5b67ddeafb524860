"""Times torchvision's EfficientNets as gpu_check's step `speed` times ours, on the same device, and compares the two.

Reads speed.csv in the folder --out; writes torchvision.csv and ratios.csv there. Modes: eager and channels last in float32, float16 and bfloat16; a CUDA
graph; torch.compile, which takes its time and so only B0 and V2-S. Says so, and ends well, where PyTorch or torchvision is missing.
"""
import argparse
import csv
import pathlib
import statistics
import sys
import time

COMPILED = ("efficientnet_b0", "efficientnet_v2_s")
QUEUED = 10  # passes that follow each other without a wait, for the throughput
OURS = {"eager": "float32", "channels last": "fast float32", "float16": "float16", "channels last float16": "fast float16", "bfloat16": "bfloat16",
        "graph": "float32", "compile": "float32"}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("gpu-results"))
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    parser.add_argument("--repeats", type=int, default=11)
    parser.add_argument("--model", action="append", help="take this one; may be given more than once")
    parser.add_argument("--quick", action="store_true", help="tries the script itself: B0 at batch 1")
    return parser.parse_args()


def wait_for(torch, device):
    return torch.cuda.synchronize if device.startswith("cuda") else lambda: None


def median_seconds(action, repeats, synchronize):
    """The median of `repeats` times, after three runs that do not count."""
    times = []
    for i in range(repeats + 3):
        synchronize()
        start = time.perf_counter()
        action()
        synchronize()
        if i >= 3:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def graphed(torch, model, x):
    """What replays the model's pass over `x` as a CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            model(x)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        model(x)
    return graph.replay


def modes(torch, device):
    """Names, element types, memory layouts, and what makes a pass out of a model and its input."""
    def plain(model, x):
        return lambda: model(x)
    channels_last = torch.channels_last
    yield "eager", torch.float32, torch.contiguous_format, plain
    yield "channels last", torch.float32, channels_last, plain
    yield "bfloat16", torch.bfloat16, torch.contiguous_format, plain
    if device.startswith("cuda"):
        yield "float16", torch.float16, torch.contiguous_format, plain
        yield "channels last float16", torch.float16, channels_last, plain
        yield "graph", torch.float32, torch.contiguous_format, lambda model, x: graphed(torch, model, x)
    if hasattr(torch, "compile"):
        yield "compile", torch.float32, torch.contiguous_format, lambda model, x: plain(torch.compile(model), x)


def measure(torch, build, name, side, args, batches):
    """Rows of (model, batch, mode, latency in ms, images per second)."""
    synchronize = wait_for(torch, args.device)
    for mode, element, layout, prepared in modes(torch, args.device):
        if mode == "compile" and name not in COMPILED:
            continue
        model = build().eval().to(args.device, element, memory_format=layout)
        for batch in batches:
            x = torch.rand(batch, 3, side, side, device=args.device).to(element).contiguous(memory_format=layout)
            try:
                action = prepared(model, x)
                latency = median_seconds(action, args.repeats, synchronize)
                each = latency if args.quick else median_seconds(lambda: [action() for _ in range(QUEUED)], 3, synchronize) / QUEUED
            except Exception as failure:  # a mode that this PyTorch or this machine cannot run says so, and the others go on
                print(f"  {name} {mode}, batch {batch}: not run: {str(failure).splitlines()[0] if str(failure) else type(failure).__name__}")
                break
            print(f"  {name:18} batch {batch:2}, {mode:22} {1e3 * latency:9.3f} ms, {batch / each:9.1f} images/s")
            yield name, batch, mode, 1e3 * latency, batch / each


def compare(rows, out):
    """Ours over torchvision's latency, mode by mode; below 1 ours is faster."""
    ours = {(row["model"], int(row["batch"]), row["mode"]): row for row in csv.DictReader((out / "speed.csv").open())}
    with (out / "ratios.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["model", "batch", "torchvision", "ours", "latency_ratio", "throughput_ratio"])
        for name, batch, mode, latency, images in rows:
            mine = ours.get((name, batch, OURS[mode]))
            if mine:
                ratio = float(mine["latency_ms"]) / latency
                table.writerow([name, batch, mode, OURS[mode], f"{ratio:.4f}", f"{float(mine['images_per_s']) / images:.4f}"])
                print(f"  {name:18} batch {batch:2}: {OURS[mode]} here / torchvision {mode}: latency {ratio:.3f}")


def main():
    args = parsed()
    try:
        import torch
        import torchvision
    except ImportError as missing:
        print(f"not compared with torchvision: {missing}")
        return 0
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    torch.set_num_threads(args.threads)
    print(f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}")
    sides = dict(zip((f"efficientnet_b{i}" for i in range(8)), (224, 240, 260, 300, 380, 456, 528, 600)))
    sides |= {"efficientnet_v2_s": 384, "efficientnet_v2_m": 480, "efficientnet_v2_l": 480}
    chosen = args.model or (["efficientnet_b0"] if args.quick else list(sides))
    batches = [1] if args.quick else [1, 8, 32]
    rows = []
    with torch.inference_mode():
        for name in chosen:
            if name in sides:
                rows.extend(measure(torch, lambda: getattr(torchvision.models, name)(weights=None), name, sides[name], args, batches))
    with (args.out / "torchvision.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["model", "batch", "mode", "latency_ms", "images_per_s"])
        table.writerows(rows)
    if (args.out / "speed.csv").exists():
        compare(rows, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Compares the classic networks of the zoo, as a program prints them, with torchvision's modules. Exits with 77 where there is no torchvision.

usage: compare.py PROGRAM
"""
import collections
import subprocess
import sys

try:
    import torch
    import torchvision
except ImportError as missing:
    print(f"skipped: {missing} (apt-get install python3-torchvision)")
    sys.exit(77)

FUNCTIONS = {"densenet121": ["avgpool"]}  # layers that torchvision calls as functions, so that no module bears their names


def printed(program):
    networks = collections.defaultdict(dict)
    for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines():
        network, layer, *numbers = line.split()
        parameters, macs, *extents = map(int, numbers)
        networks[network][layer] = (parameters, macs, extents)
    return networks


def alive(inputs, output):
    """The shape of all that is alive behind a module: a dense layer gets a list of what came before it, and all of that stays."""
    channels = sum(tensor.shape[1] for tensor in inputs[0]) if isinstance(inputs[0], list) else 0
    extents = [output.shape[1] + channels, *output.shape[2:]]
    return extents[:1] if extents[1:] == [1, 1] else extents


@torch.no_grad()
def observed(name):
    """Shapes by module, and the multiply-accumulates of all convolutions and linear layers, in one pass over one image."""
    model = getattr(torchvision.models, name)(weights=None).eval()
    shapes, macs = {}, 0

    def note(module, inputs, output, label):
        nonlocal macs
        if isinstance(output, torch.Tensor):
            shapes[label] = alive(inputs, output)
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            places = output.numel() // output.shape[1]
            macs += places * module.weight.numel()

    for label, module in model.named_modules():
        module.register_forward_hook(lambda *seen, label=label: note(*seen, label))
    model(torch.zeros(1, 3, 224, 224))
    return shapes, sum(each.numel() for each in model.parameters()), macs


def main():
    wrong = []
    torch.set_num_threads(1)
    networks = printed(sys.argv[1])
    for name, layers in networks.items():
        shapes, parameters, macs = observed(name)
        for label, (_, _, extents) in layers.items():
            if label not in FUNCTIONS.get(name, []) and shapes.get(label) != extents:
                wrong.append(f"{name} {label}: {extents}, but torchvision has {shapes.get(label)}")
        for what, ours, theirs in (("parameters", sum(row[0] for row in layers.values()), parameters), ("macs", sum(row[1] for row in layers.values()), macs)):
            if ours != theirs:
                wrong.append(f"{name} {what}: {ours}, but torchvision has {theirs}")
        print(f"{name}: {len(layers)} layers, {parameters} parameters, {macs} macs")
    sys.exit("\n".join(wrong) if wrong else 0 if networks else "the program printed no network")


if __name__ == "__main__":
    main()

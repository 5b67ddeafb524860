"""Writes torchvision's answers, and weights in the ways that people save them, into a folder."""
import pathlib
import shutil
import sys
import zipfile
from collections import OrderedDict

import torch
import torchvision
from torchvision.transforms.functional import convert_image_dtype, normalize

IMAGENET = dict(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def made_up_model(name):
    """A model with seeded weights, and statistics of batch normalisation other than those it starts with."""
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)(weights=None).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.8, 1.2)
            torch.nn.init.normal_(module.bias, std=0.1)
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
    return model


def dump(path, tensor):
    path.write_bytes(tensor.contiguous().numpy().tobytes())


@torch.no_grad()
def write_answers(folder, name, size):
    model = made_up_model(name)
    torch.save(model.state_dict(), folder / f"{name}.pt")
    for batch in (1, 4):
        images = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8)
        inputs = normalize(convert_image_dtype(images), **IMAGENET)
        outputs = model(inputs)
        assert outputs.isfinite().all() and outputs.std() > 1e-3
        dump(folder / f"{name}.{batch}.uint8", images)
        dump(folder / f"{name}.{batch}.float32", inputs)
        dump(folder / f"{name}.{batch}.output", outputs)


def write_small_files(folder):
    shared = torch.arange(24, dtype=torch.float32)
    entries = OrderedDict(matrix=shared.view(4, 6), part=shared.view(4, 6)[1:3, ::2], half=torch.tensor([0.5, 2.0]).half(), count=torch.tensor(7))
    torch.save(entries, folder / "small.pt")
    torch.save(dict(entries), folder / "small_dict.pt")
    torch.save(entries, folder / "small_protocol4.pt", pickle_protocol=4)
    with zipfile.ZipFile(folder / "small.pt") as whole, zipfile.ZipFile(folder / "small_no_order.pt", "w") as other:
        for name in whole.namelist():
            other.writestr(name, whole.read(name))
        other.writestr(f"{whole.namelist()[0].split('/')[0]}/byteorder", b"")
    torch.save(entries, folder / "small_legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(OrderedDict(matrix=torch.nn.Parameter(shared.view(4, 6))), folder / "small_parameter.pt")
    torch.save(dict(epoch=3, state=entries), folder / "checkpoint.pt")
    torch.save(torch.nn.Linear(2, 2), folder / "module.pt")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.set_num_threads(1)
    write_small_files(folder)
    for name, size in (("efficientnet_b0", 224), ("efficientnet_b4", 380), ("efficientnet_v2_s", 384)):
        write_answers(folder, name, size)

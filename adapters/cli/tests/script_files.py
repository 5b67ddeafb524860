"""TorchScript files of small networks, made with PyTorch once for all tests."""

import atexit
import pathlib
import tempfile
from collections import OrderedDict
from typing import Dict

import torch
from torch import nn

INPUT = ["--input", "3x32x32"]


class Block(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.conv = nn.Conv2d(channels, out, 3, stride, 1, bias=False)
        self.norm = nn.BatchNorm2d(out)
        self.same = stride == 1 and channels == out

    def forward(self, x):
        y = torch.relu(self.norm(self.conv(x)))
        return y + x if self.same else y


class Levels(nn.Module):
    def forward(self, x):
        return x.to(torch.float32) / 255


class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Conv2d(32, 4, 1)
        self.aux = nn.Conv2d(32, 2, 1)

    def forward(self, x) -> Dict[str, torch.Tensor]:
        return {"out": self.main(x), "aux": self.aux(x)}


class Lists(nn.Module):
    """Blocks in lists, and a mask made of the input's length alone."""

    def __init__(self):
        super().__init__()
        self.blocks, self.more = (nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True) for _ in range(2)) for _ in range(2))
        self.last = nn.Linear(8, 3)

    def forward(self, x):
        mask = torch.triu(torch.full((x.size(1), x.size(1)), float("-inf")), 1)
        for block in self.blocks:
            x = block(x, mask)
        for block in self.more:
            x = block(x, mask)
        return self.last(x)


def body(channels):
    return [("one", Block(channels, 16, 2)), ("two", Block(16, 16, 1)), ("three", Block(16, 32, 2)), ("four", Block(32, 32, 2))]


def stem():
    return [("stem", nn.Sequential(nn.Conv2d(3, 8, 3, 1, 1), nn.ReLU()))]


def end():
    return [("pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())), ("classifier", nn.Linear(32, 10))]


def network(*layers):
    torch.manual_seed(1)
    return nn.Sequential(OrderedDict(layer for part in layers for layer in part)).eval()


def samples(batch):
    return torch.rand(batch, 3, 32, 32, generator=torch.Generator().manual_seed(2))


kept = tempfile.TemporaryDirectory()
atexit.register(kept.cleanup)
FOLDER = pathlib.Path(kept.name)
classifier = network(stem(), body(8), end())
scripted = torch.jit.script(classifier)
scripted.save(FOLDER / "scripted.pt")
torch.jit.trace(classifier, samples(2)).save(FOLDER / "traced.pt")
torch.jit.save(scripted, FOLDER / "told.pt", _extra_files={"dsc.input": "float32 3x32x32"})
scripted.save(FOLDER / "efficientnet_b0.pt")
torch.jit.script(network([("levels", Levels())], stem(), body(8), end())).save(FOLDER / "levels.pt")
torch.jit.script(network(stem(), body(8))).save(FOLDER / "maps.pt")
torch.jit.script(network(stem(), body(8), [("heads", Heads())])).save(FOLDER / "heads.pt")
torch.manual_seed(1)
torch.jit.trace(Lists().eval(), torch.rand(2, 6, 8), check_trace=False).save(FOLDER / "lists.pt")
torch.save(classifier.state_dict(), FOLDER / "weights.pt")

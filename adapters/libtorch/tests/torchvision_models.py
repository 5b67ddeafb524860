"""Writes models of torchvision, scripted and traced, with PyTorch's own answers, into a folder. Small images keep it quick."""
import pathlib
import shutil
import sys
import warnings

import torch
import torchvision

SIZES = dict(resnet50=64, mobilenet_v3_large=64, vit_b_16=64, densenet121=64, inception_v3=96, convnext_tiny=64, swin_t=64, googlenet=64)
SPECIAL = dict(vit_b_16=dict(image_size=64), inception_v3=dict(init_weights=True), googlenet=dict(init_weights=True, aux_logits=False))
TO_COMPARE_WITH_THE_ZOO = dict(efficientnet_b0=224, efficientnet_b4=380, efficientnet_v2_s=384)


def made_up(build, **options):
    """A model with seeded weights, and statistics of batch normalisation other than those it starts with."""
    torch.manual_seed(1)
    model = build(weights=None, **options).eval()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 1.5)
        if isinstance(module, torch.nn.Linear) and not module.weight.any():  # a head that starts with zeros would hide everything before it
            torch.nn.init.normal_(module.weight, std=0.05)
    return model


def tensor_of(answer):
    return answer["out"] if isinstance(answer, dict) else answer[0] if isinstance(answer, tuple) else answer


def dump(path, tensor):
    path.write_bytes(tensor.contiguous().numpy().tobytes())


def save(module, path, size):
    torch.jit.save(module, str(path), _extra_files={"dsc.input": f"float32 3x{size}x{size}"})


@torch.no_grad()
def write_answers(folder, name, model, size):
    for batch in (1, 3):
        images = torch.randn(batch, 3, size, size)
        answer = tensor_of(model(images))
        assert answer.isfinite().all() and answer.std() > 0
        dump(folder / f"{name}.{batch}.input", images)
        dump(folder / f"{name}.{batch}.output", answer)


@torch.no_grad()
def write_all(folder):
    for name, size in SIZES.items():
        model = made_up(getattr(torchvision.models, name), **SPECIAL.get(name, {}))
        write_answers(folder, name, model, size)
        save(torch.jit.script(model), folder / f"{name}.script.pt", size)
        save(torch.jit.trace(model, torch.randn(2, 3, size, size), check_trace=False), folder / f"{name}.trace.pt", size)
    name = "deeplabv3_mobilenet_v3_large"
    model = made_up(getattr(torchvision.models.segmentation, name), weights_backbone=None)
    write_answers(folder, name, model, 64)
    save(torch.jit.script(model), folder / f"{name}.script.pt", 64)
    for name, size in TO_COMPARE_WITH_THE_ZOO.items():
        save(torch.jit.script(made_up(getattr(torchvision.models, name))), folder / f"{name}.script.pt", size)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    write_all(folder)

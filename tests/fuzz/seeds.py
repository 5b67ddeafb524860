"""seeds.py NAME FOLDER: the seeds of those fuzzers that have none in seeds/, made from nothing but Python."""
import io, json, os, struct, sys, zipfile

name, folder = sys.argv[1:]


def text(words):
    return b"X" + struct.pack("<I", len(words)) + words.encode()


storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text("0") + text("cpu") + b"K\x06tQ"
tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00K\x02K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtR"
state_dict = b"\x80\x02ccollections\nOrderedDict\n)R(" + text("weight") + tensor + b"u."
module = b"\x80\x02c__torch__\nnet\n)\x81}(" + text("w") + tensor + text("training") + b"\x89ub."
lists = b"\x80\x02(ctorch.jit._pickle\nbuild_intlist\n](K\x01K\x02e\x85Rt."
code = "class net(Module):\n  __parameters__ = [\"w\", ]\n  __buffers__ = []\n  w : Tensor\n  training : bool\n" \
       "  def forward(self: __torch__.net,\n    x: Tensor) -> Tensor:\n    w = self.w\n    return torch.mul(x, w)\n"


def archive(entries, packed=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for entry, data in entries.items():
            file.writestr("net/" + entry, data, zipfile.ZIP_DEFLATED if entry in packed else zipfile.ZIP_STORED)
    return out.getvalue()


def safetensors(header, data):
    words = json.dumps(header).encode()
    return struct.pack("<Q", len(words)) + words + data


numbers = struct.pack("<6f", *range(6))
script = {"data.pkl": module, "data/0": numbers, "constants.pkl": b"\x80\x02).", "version": "3\n", "code/__torch__.py": code}
seeds = {
    "pickle": [state_dict, module, lists, b"\x80\x02)."],
    "weights": [archive({"data.pkl": state_dict, "data/0": numbers, "version": "3\n"}),
                safetensors({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}, numbers)],
    "archive": [archive(script), archive(script, ("code/__torch__.py",))],
}
if name == "run":
    with open(os.path.join(os.path.dirname(__file__), "../../adapters/cli/tests/data/run.json"), "rb") as file:
        seeds["run"] = [file.read()]
for number, seed in enumerate(seeds.get(name, [])):
    with open(os.path.join(folder, f"seed{number}"), "wb") as file:
        file.write(seed)

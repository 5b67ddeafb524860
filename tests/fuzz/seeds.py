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




def field(number, payload):  # of protobuf, with a length before it
    return bytes([number << 3 | 2, len(payload)]) + payload


numbers = struct.pack("<6f", *range(6))
parameter = field(1, b"dsc_weights") + field(2, field(3, b"abcd"))
tensor_of = {kind: field(1, b"h") + field(2, kind) + field(3, b"\x02\x03") for kind in (b"FP32", b"INT8", b"INT64", b"UINT8")}
small = b"\x01\x02\x03\x04\x05\x06"
messages = [field(1, b"net-tail-2") + field(3, b"1") + field(4, parameter) + field(5, tensor_of[b"FP32"]) + field(raw, numbers)
            for raw in (6, 7)]
for kind, contents in ((b"FP32", field(6, numbers)), (b"INT8", field(2, small)), (b"INT64", field(3, small)), (b"UINT8", field(4, small))):
    messages.append(field(1, b"net-tail-2") + field(5, tensor_of[kind] + field(5, contents)))
script = {"data.pkl": module, "data/0": numbers, "constants.pkl": b"\x80\x02).", "version": "3\n", "code/__torch__.py": code}
seeds = {
    "pickle": [state_dict, module, lists, b"\x80\x02)."],
    "weights": [archive({"data.pkl": state_dict, "data/0": numbers, "version": "3\n"}),
                safetensors({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}, numbers)],
    "oip_request": messages,
    "oip_response": messages,
    "archive": [archive(script), archive(script, ("code/__torch__.py",))],
}
if name == "run":
    with open(os.path.join(os.path.dirname(__file__), "../../adapters/cli/tests/data/run.json"), "rb") as file:
        seeds["run"] = [file.read()]
for number, seed in enumerate(seeds.get(name, [])):
    with open(os.path.join(folder, f"seed{number}"), "wb") as file:
        file.write(seed)

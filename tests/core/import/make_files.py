#!/usr/bin/env python3
"""Writes the checkpoints in files/: what torch.save writes, byte for byte of the same opcodes, without PyTorch.

Python's own pickle makes the streams. Classes and functions that a checkpoint names are stand-ins with the same
module, name and __reduce__ as in PyTorch 1.13 (torch/_tensor.py, torch/nn/parameter.py, torch/serialization.py).
Element i of a tensor is BASE + i, BASE is its place in the file times 100. Run again: the same bytes.
"""
import argparse, collections, io, os, pickle, struct, sys, types, zipfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
OrderedDict = collections.OrderedDict


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


torch, utils, net = module("torch"), module("torch._utils"), module("models")
sys.modules["models.net"] = models = types.ModuleType("models.net")


def function(home, name):
    def stand_in(*_):
        raise RuntimeError
    stand_in.__module__, stand_in.__qualname__, stand_in.__name__ = home.__name__, name, name
    setattr(home, name, stand_in)
    return stand_in


rebuild_tensor = function(utils, "_rebuild_tensor_v2")
rebuild_parameter = function(utils, "_rebuild_parameter")
FORMATS = {"Float": "f", "Half": "e", "Long": "q", "Byte": "B", "Bool": "?", "BFloat16": None, "Double": "d"}
for kind in FORMATS:
    setattr(torch, kind + "Storage", type(kind + "Storage", (), {"__module__": "torch"}))


class Storage:
    def __init__(self, kind, values):
        self.kind, self.count = kind, len(values)
        if kind == "BFloat16":  # the upper half of a float32
            self.raw = b"".join(struct.pack("<f", v)[2:] for v in values)
        else:
            self.raw = b"".join(struct.pack("<" + FORMATS[kind], v) for v in values)


made = 0


class Tensor:
    def __init__(self, *shape, kind="Float", storage=None, offset=0, strides=None):
        global made
        count = 1
        for size in shape:
            count *= size
        if storage is None:
            made += 1
            small = kind in ("Byte", "Bool", "BFloat16", "Half")
            base = 0 if small else 100 * made
            storage = Storage(kind, [bool(i % 2) if kind == "Bool" else base + i for i in range(count)])
        if strides is None:
            strides = []
            for size in reversed(shape):
                strides.insert(0, strides[0] * last if strides else 1)
                last = size
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    def __reduce_ex__(self, protocol):
        return rebuild_tensor, (self.storage, self.offset, self.shape, self.strides, False, OrderedDict())


class Parameter:
    def __init__(self, data):
        self.data = data

    def __reduce_ex__(self, protocol):
        return rebuild_parameter, (self.data, True, OrderedDict())


class Pickler(pickle._Pickler):
    """torch.serialization's persistent ids; legacy ones have a sixth entry for views, and name module classes."""

    def __init__(self, out, legacy):
        super().__init__(out, protocol=2)
        self.legacy, self.storages, self.keys, self.classes = legacy, {}, {}, []

    def persistent_id(self, value):
        if isinstance(value, Storage):
            key = self.keys.setdefault(id(value), str(len(self.keys)))
            self.storages[key] = value
            name = ("storage", getattr(torch, value.kind + "Storage"), key, "cpu", value.count)
            return name + (None,) if self.legacy else name
        if self.legacy and value in (Net, Block) and value not in self.classes:
            self.classes.append(value)  # only the first time: the id itself names the class
            return ("module", value, "/somewhere/net.py", "class Net: ...")
        return None


def save_zip(name, value, members=()):
    out = io.BytesIO()
    pickler = Pickler(out, legacy=False)
    pickler.dump(value)
    stem = name.split(".")[0]
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_STORED) as archive:
        def put(member, content):
            archive.writestr(zipfile.ZipInfo(f"{stem}/{member}"), content)
        put("data.pkl", out.getvalue())
        put("byteorder", b"little")
        for key, storage in pickler.storages.items():
            put(f"data/{key}", storage.raw)
        put("version", b"3\n")
        for member, content in members:
            put(member, content)


def save_legacy(name, value):
    with open(os.path.join(HERE, name), "wb") as out:
        pickle.dump(0x1950A86A20F9469CFC6C, out, protocol=2)
        pickle.dump(1001, out, protocol=2)
        pickle.dump(dict(protocol_version=1001, little_endian=True,
                         type_sizes=dict(short=2, int=4, long=4)), out, protocol=2)
        pickler = Pickler(out, legacy=True)
        pickler.dump(value)
        keys = sorted(pickler.storages)
        pickle.dump(keys, out, protocol=2)
        for key in keys:
            out.write(struct.pack("<q", pickler.storages[key].count) + pickler.storages[key].raw)


def state(**tensors):
    table = OrderedDict((name.replace("__", "."), tensor) for name, tensor in tensors.items())
    table._metadata = OrderedDict([("", dict(version=1))])  # as Module.state_dict() leaves it
    return table


class Net:
    pass


class Block:
    pass


for made_class in (Net, Block):
    made_class.__module__ = "models.net"
    setattr(models, made_class.__name__, made_class)
    made_class.__qualname__ = made_class.__name__


def whole_module():
    block = Block()
    block.__dict__ = dict(training=False, _parameters=OrderedDict(weight=Parameter(Tensor(3, 2)), bias=None),
                          _buffers=OrderedDict(running_mean=Tensor(3), scratch=Tensor(7)),
                          _non_persistent_buffers_set={"scratch"}, _backward_hooks=OrderedDict(),
                          _modules=OrderedDict(), eps=1e-5)
    outer = Net()
    outer.__dict__ = dict(training=True, _parameters=OrderedDict(cls_token=Parameter(Tensor(1, 1, 4))),
                          _buffers=OrderedDict(), _non_persistent_buffers_set=set(), _modules=OrderedDict(
                              blocks=block, dropout=None), opt=argparse.Namespace(lr=1e-3, cached=Tensor(5)))
    outer.__dict__["itself"] = outer  # a circle, as hooks make them
    return outer


class Hostile:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def main():
    os.makedirs(HERE, exist_ok=True)
    # unCLIP: a Lightning checkpoint. The file of 4.3 of the pipeline has these three prefixes.
    save_zip("lightning.ckpt", {
        "epoch": 0, "global_step": 110000, "pytorch-lightning_version": "2.0.1",
        "state_dict": state(model__diffusion_model__out__2__weight=Tensor(4, 3, 1, 1),
                            first_stage_model__quant_conv__bias=Tensor(8, kind="Half"),
                            denoiser__sigmas=Tensor(5), conditioner__logit_scale=Tensor()),
        "optimizer_states": [{"state": {0: {"step": 7, "exp_avg": Tensor(4)}}, "param_groups": [{"lr": 1e-4}]}],
        "hyper_parameters": argparse.Namespace(width=320), "callbacks": {}})
    save_legacy("swav.pth.tar", state(module__conv1__weight=Tensor(2, 3, 1, 1), module__bn1__running_var=Tensor(2),
                                      module__bn1__num_batches_tracked=Tensor(kind="Long"),
                                      module__prototypes__weight=Tensor(2, 2)))
    save_legacy("lpips.pth", state(lin0__model__1__weight=Tensor(1, 4, 1, 1), lin1__model__1__weight=Tensor(1, 3, 1, 1)))
    save_zip("dinov2.pth", state(cls_token=Tensor(1, 1, 3), pos_embed=Tensor(1, 5, 3), blocks__0__ls1__gamma=Tensor(3)))
    shared = Storage("Float", list(range(12)))
    save_zip("layouts.pt", state(transposed=Tensor(4, 3, storage=shared, strides=(1, 4)),
                                 tail=Tensor(2, 2, storage=shared, offset=8), whole=Tensor(12, storage=shared),
                                 brain=Tensor(3, kind="BFloat16"), mask=Tensor(2, 2, kind="Bool"),
                                 picture=Tensor(2, kind="Byte"), precise=Tensor(2, kind="Double"), empty=Tensor(0, 3)))
    save_zip("module.pt", whole_module())
    save_legacy("module_legacy.pt", whole_module())
    save_zip("os_system.pt", {"weight": Tensor(2), "more": Hostile(os.system, "touch /tmp/bgraph-was-here")})
    save_zip("eval.pt", {"weight": Tensor(2), "more": Hostile(eval, "1 + 1")})
    save_zip("unknown_call.pt", {"weight": Tensor(2), "more": Hostile(function(models, "make"), 3)})
    save_zip("script.pt", {"weight": Tensor(2)}, members=[("code/__torch__.py", b"def forward(self): ...")])


main()

"""Writes one small file per format with the tools of the field, and beside each what it holds.

usage: reference_files.py FOLDER     exit 77 where NumPy, h5py, SciPy or nibabel is not installed

index.json lists {file, item, shape}; FILE.ITEM.f64 holds the numbers, float64 in C order.
"""
import glob, json, os, sys

try:
    import h5py, nibabel, numpy as np, scipy.io
    from nibabel.cifti2 import Cifti2Image, cifti2_axes
    from nibabel.freesurfer import MGHImage, io as fs
except ImportError as problem:
    print(problem)
    sys.exit(77)

folder = sys.argv[1]
draw = np.random.default_rng(7)
index = []


def path(name):
    return os.path.join(folder, name)


def expect(name, item, values):
    values = np.asarray(values)
    stem = "%d.f64" % len(index)
    values.astype("<f8").tofile(path(stem))
    index.append({"file": name, "item": item, "shape": list(values.shape), "numbers": stem})


# NumPy: every type, both byte orders, both axis orders, scalars and nothing at all
for number, dtype in enumerate(["<f2", "<f4", ">f4", "<f8", ">f8", "|i1", "|u1", "<i2", ">i2", "<u2", "<i4", "<u4", "<i8", "|b1"]):
    values = (draw.standard_normal((3, 5)) * 50).astype(dtype)
    np.save(path("a%d.npy" % number), values)
    expect("a%d.npy" % number, "", values.astype("f8"))
np.save(path("fortran.npy"), np.asfortranarray(draw.standard_normal((2, 3, 4))))
expect("fortran.npy", "", np.load(path("fortran.npy")))
np.save(path("scalar.npy"), np.float32(2.5))
expect("scalar.npy", "", np.float64(2.5))
np.save(path("none.npy"), np.zeros((0, 4), "f4"))
expect("none.npy", "", np.zeros((0, 4)))
pair = {"one": draw.standard_normal((4, 3)).astype("f2"), "two": np.arange(7)}
np.savez(path("stored.npz"), **pair)
np.savez_compressed(path("deflated.npz"), **pair)
for name in ("stored.npz", "deflated.npz"):
    for item in pair:
        expect(name, item, pair[item])

# HDF5: contiguous and chunked, every filter that is built in, half, big-endian, bool, nested
with h5py.File(path("all.h5"), "w") as file:
    for name, values, options in [
        ("plain", draw.standard_normal((6, 5)).astype("f4"), {}),
        ("half", draw.standard_normal((6, 5)).astype("f2"), {}),
        ("half_chunked", draw.standard_normal((7, 5)).astype("f2"), {"chunks": (2, 3), "compression": "gzip", "shuffle": True}),
        ("big", draw.standard_normal((3, 4)).astype(">f8"), {}),
        ("big_chunked", draw.integers(-9, 9, (5, 4)).astype(">i2"), {"chunks": (2, 2), "fletcher32": True}),
        ("flag", draw.integers(0, 2, (4,)).astype(bool), {}),
        ("unsigned", draw.integers(0, 60000, (9,)).astype("u2"), {"chunks": (4,)}),
        ("deep/er", np.arange(5), {}),
    ]:
        file.create_dataset(name, data=values, **options)
        expect("all.h5", name, values.astype("f8"))

# MATLAB: version 5 both ways, and 7.3 as MATLAB lays it out (512 bytes in front, axes reversed)
matrix, cube = draw.standard_normal((3, 4)), draw.integers(0, 200, (2, 3, 4)).astype("u1")
for name, packed in (("v5.mat", False), ("v7.mat", True)):
    scipy.io.savemat(path(name), {"matrix": matrix, "cube": cube}, do_compression=packed)
with h5py.File(path("v73.mat"), "w", userblock_size=512) as file:
    for item, values in (("matrix", matrix), ("cube", cube)):
        file.create_dataset(item, data=values.T).attrs["MATLAB_class"] = np.bytes_("double" if item == "matrix" else "uint8")
with open(path("v73.mat"), "r+b") as file:
    file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
for name in ("v5.mat", "v7.mat", "v73.mat"):
    expect(name, "matrix", matrix)
    expect(name, "cube", cube)

# NIfTI 1 and 2, plain and gzip, scaled, big-endian. On disk x runs fastest: here it is the last axis.
volume = draw.integers(-300, 300, (2, 3, 4, 5)).astype("i2")
affine = np.array([[2.0, 0, 0, -7], [0, 2, 0, 3], [0, 0, 2, 1], [0, 0, 0, 1]])
for name, kind in (("one.nii", nibabel.Nifti1Image), ("one.nii.gz", nibabel.Nifti1Image), ("two.nii", nibabel.Nifti2Image)):
    kind(volume, affine).to_filename(path(name))
    expect(name, "", volume.T)
scaled = nibabel.Nifti1Image(volume[..., 0], affine)
scaled.header.set_slope_inter(0.25, 3)
scaled.to_filename(path("scaled.nii"))
stored = np.asanyarray(nibabel.load(path("scaled.nii")).dataobj.get_unscaled())
expect("scaled.nii", "", (stored * 0.25 + 3).T)
big = nibabel.Nifti1Image(volume[..., 0], affine, nibabel.Nifti1Header(endianness=">"))
big.to_filename(path("big.nii"))
expect("big.nii", "", volume[..., 0].T)

# FreeSurfer
for name, dtype in (("map.mgh", "f4"), ("map.mgz", "i2"), ("bytes.mgh", "u1")):
    values = (draw.random((6, 2, 3, 4)) * 100).astype(dtype)
    MGHImage(values, affine).to_filename(path(name))
    expect(name, "", values.T)
vertices, faces = draw.standard_normal((9, 3)).astype("f4"), draw.integers(0, 9, (4, 3))
fs.write_geometry(path("lh.white"), vertices, faces)
expect("lh.white", "vertices", vertices)
expect("lh.white", "faces", faces)
fs.write_morph_data(path("lh.curv"), vertices[:, 0])
expect("lh.curv", "", vertices[:, 0])
label = draw.integers(-1, 3, 20)
colours = np.array([[10, 20, 30, 0], [0, 255, 1, 0], [70, 0, 9, 0]])
fs.write_annot(path("lh.test.annot"), label, colours, ["Vis_1", "Vis_2", "Som"], fill_ctab=True)
expect("lh.test.annot", "", fs.read_annot(path("lh.test.annot"))[0])
with open(path("lh.V1.label"), "w") as file:
    file.write("#!ascii label\n2\n4 1.0 2.0 3.0 0.5\n11  -1.5 0 0 0.25\n")
expect("lh.V1.label", "vertex", [4, 11])
expect("lh.V1.label", "value", [0.5, 0.25])

# GIFTI in every encoding, CIFTI of a surface and a volume structure
for name, encoding in (("ascii.gii", "ASCII"), ("base64.gii", "B64BIN"), ("packed.gii", "B64GZ")):
    image = nibabel.gifti.GiftiImage()
    for values, intent, dtype in ((vertices, "NIFTI_INTENT_POINTSET", "NIFTI_TYPE_FLOAT32"), (faces.astype("i4"), "NIFTI_INTENT_TRIANGLE", "NIFTI_TYPE_INT32")):
        image.add_gifti_data_array(nibabel.gifti.GiftiDataArray(values, intent, dtype, encoding))
    image.to_filename(path(name))
    for number, array in enumerate(nibabel.load(path(name)).darrays):
        expect(name, str(number), np.asarray(array.data).reshape(array.dims))
brain = cifti2_axes.BrainModelAxis.from_mask(np.array([1, 0, 1, 1, 0], bool), name="CORTEX_LEFT") \
    + cifti2_axes.BrainModelAxis.from_mask(np.ones((1, 2, 1), bool), affine=np.eye(4), name="THALAMUS_LEFT")
maps = draw.standard_normal((2, 5)).astype("f4")
Cifti2Image(maps, header=(cifti2_axes.ScalarAxis(["a", "b"]), brain)).to_filename(path("maps.dscalar.nii"))
expect("maps.dscalar.nii", "", maps)

# nibabel's own test files, where the package has them: NIfTI-1 and -2 of either byte order, .mgz, GIFTI of every encoding, CIFTI
own = sorted(glob.glob(os.path.join(os.path.dirname(nibabel.__file__), "**", "tests", "data", "*"), recursive=True))
for source in own:
    if source.endswith("external.gii"):
        continue  # its numbers are in another file, which is refused
    if source.endswith(".gii"):
        for number, array in enumerate(nibabel.load(source).darrays):
            expect(source, str(number), np.asarray(array.data).reshape(array.dims))  # loadtxt drops axes of size 1
    elif source.endswith(".dconn.nii"):
        # a matrix between brains is none of the maps our reader knows: numbers as in any NIfTI, four axes of size 1 included
        expect(source, "", np.asanyarray(nibabel.load(source).dataobj).T[..., None, None, None, None])
    elif source.endswith((".nii", ".nii.gz", ".mgz")):
        values = np.asanyarray(nibabel.load(source).dataobj).T
        expect(source, "", values[None] if source.endswith(".mgz") and values.ndim == 3 else values)  # .mgz always has frames

with open(path("index.json"), "w") as file:
    json.dump(index, file)

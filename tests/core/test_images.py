import io

import numpy as np
import pytest
from manyfaces.core.errors import DataError
from manyfaces.core.images import decode_image, encode_jpeg, encode_png, fit_within, read_image
from PIL import Image

GRADIENT = np.dstack([np.tile(np.arange(0, 240, 4, dtype=np.uint8), (40, 1))] * 3)


def saved(picture, kind, **options):
    data = io.BytesIO()
    picture.save(data, kind, **options)
    return data.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA", "CMYK", "I;16", "I", "F"])
def test_every_mode_becomes_rgb_bytes(mode):
    gray = Image.fromarray(GRADIENT[:, :, 0])
    if mode in {"I;16", "I"}:
        picture = Image.fromarray(GRADIENT[:, :, 0].astype(np.uint16) * 257)
        picture = picture.convert("I") if mode == "I" else picture
    else:
        picture = gray.convert("RGB").convert(mode) if mode not in {"F"} else gray.convert("F")
    kind = "TIFF" if mode in {"CMYK", "F", "I", "I;16"} else "PNG"
    image = decode_image(saved(picture, kind), where="x")
    assert image.shape == (40, 60, 3)
    assert image.dtype == np.uint8
    if mode not in {"1", "P"}:  # these keep two colours, or the web palette
        assert np.abs(image.astype(int) - GRADIENT).max() <= 6


def test_a_sideways_photograph_is_turned_upright():
    picture = Image.fromarray(GRADIENT)
    exif = picture.getexif()
    exif[274] = 6  # the camera was turned: rotate by 90° clockwise to view
    image = decode_image(saved(picture, "JPEG", exif=exif, quality=95), where="x")
    assert image.shape == (60, 40, 3)
    assert image[5, 20, 0] < image[-5, 20, 0]


def test_transparency_lies_over_white_and_animations_show_their_first_frame():
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert (decode_image(saved(clear, "PNG"), where="x") == 255).all()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data, where="x")[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello, this is text", "not a picture"),
        (saved(Image.effect_noise((64, 64), 50), "PNG")[:900], "cannot be decoded"),
        (encode_jpeg(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8), 90)[:900],
         "cannot be decoded"),
    ],
    ids=["empty", "text", "cut png", "cut jpeg"],
)  # fmt: skip
def test_damaged_files_are_refused_with_a_reason(tmp_path, data, message):
    path = tmp_path / "x.png"
    path.write_bytes(data)
    with pytest.raises(DataError, match=message):
        read_image(path)


def test_png_is_exact_and_jpeg_close():
    assert (decode_image(encode_png(GRADIENT), where="x") == GRADIENT).all()
    near = decode_image(encode_jpeg(GRADIENT, 95), where="x")
    assert np.abs(near.astype(int) - GRADIENT).max() <= 8


def test_fitting_shrinks_and_never_enlarges():
    assert fit_within(GRADIENT, 30).shape == (20, 30, 3)
    assert fit_within(GRADIENT, 600) is GRADIENT

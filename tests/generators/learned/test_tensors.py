import numpy as np
import pytest
from manyfaces.core.errors import DataError
from manyfaces.generators.learned.config import Tensors
from manyfaces.generators.learned.tensors import picture_shape, side_of, to_picture, to_tensor


def told(**fields):
    return Tensors(network="n.onnx", size=16, template="ffhq", **fields)


@pytest.mark.parametrize("values", ["unit", "signed", "imagenet", "bytes"])
@pytest.mark.parametrize("channels", ["rgb", "bgr"])
@pytest.mark.parametrize("axes", ["nchw", "nhwc"])
def test_a_picture_comes_back_whole(values, channels, axes):
    config = told(values=values, channels=channels, axes=axes)
    crop = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    tensor = to_tensor(crop, config)
    assert tensor.dtype == np.float32
    assert tensor.shape == picture_shape(config)
    assert side_of(tensor.shape, config) == 16
    assert np.array_equal(to_picture(tensor, config), crop)


@pytest.mark.parametrize(
    ("values", "low", "high"), [("unit", 0, 1), ("signed", -1, 1), ("bytes", 0, 255)]
)
def test_black_and_white(values, low, high):
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert to_tensor(black, told(values=values)) == pytest.approx(low)
    assert to_tensor(white, told(values=values)) == pytest.approx(high)


def test_bgr_swaps_red_and_blue():
    red = np.zeros((2, 2, 3), np.uint8)
    red[:, :, 0] = 255
    tensor = to_tensor(red, told(values="unit", channels="bgr"))
    assert tensor[:, 0, 0].tolist() == [0, 0, 1]


def test_what_comes_out_may_be_in_another_unit():
    config = told(values="imagenet", output_values="unit")
    assert (to_picture(np.full((3, 4, 4), 0.5, np.float32), config) == 128).all()


def test_values_beyond_white_are_clipped_and_nan_is_an_error():
    assert (to_picture(np.full((3, 4, 4), 9, np.float32), told()) == 255).all()
    with pytest.raises(DataError, match="no numbers"):
        to_picture(np.full((3, 4, 4), np.nan, np.float32), told())


@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 4, 4), (4, 4), (2, 3, 4, 4)])
def test_what_is_no_square_picture_of_three_channels_has_no_side(shape):
    assert side_of(shape, told()) is None

import io
import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest
from manyfaces.annotations.release.marks import LENGTH, mark, packet, read_mark
from manyfaces.annotations.release.source_type import SCHEME
from manyfaces.core.errors import DataError
from manyfaces.core.images import decode_image, encode_jpeg, encode_png
from PIL import Image

IMAGE = np.random.default_rng(0).integers(0, 255, (40, 56, 3), dtype=np.uint8)
XMP = packet("compositeCapture", "CC-BY-4.0", "anna.jpg, a <site> & more")


def with_exif():
    exif = Image.Exif()
    exif[0x0110] = "camera"
    file = io.BytesIO()
    Image.fromarray(IMAGE).save(file, "JPEG", exif=exif, progressive=True)
    return file.getvalue()


@pytest.mark.parametrize(
    "data", [encode_jpeg(IMAGE, 92), encode_png(IMAGE), with_exif()], ids=["jpeg", "png", "exif"]
)
def test_a_mark_changes_no_pixel_and_is_read_again(data):
    marked = mark(data, XMP, "a picture")
    assert read_mark(data) is None
    assert read_mark(marked) == "compositeCapture"
    np.testing.assert_array_equal(decode_image(marked, where=""), decode_image(data, where=""))
    np.testing.assert_array_equal(
        cv2.imdecode(np.frombuffer(marked, np.uint8), cv2.IMREAD_COLOR),
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR),
    )


@pytest.mark.parametrize("data", [encode_jpeg(IMAGE, 92), encode_png(IMAGE)], ids=["jpeg", "png"])
def test_other_programs_find_the_packet(data):
    with Image.open(io.BytesIO(mark(data, XMP, ""))) as picture:
        picture.load()
        found = picture.info["xmp"] if "xmp" in picture.info else picture.info["XML:com.adobe.xmp"]
    text = found.decode() if isinstance(found, bytes) else found
    root = ET.fromstring(text[text.index("<x:xmpmeta") : text.index("<?xpacket end")])
    name = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
    assert root.find(f".//{name}").text == SCHEME + "compositeCapture"
    credit = root.find(".//{http://ns.adobe.com/photoshop/1.0/}Credit").text
    assert credit == "anna.jpg, a <site> & more"


@pytest.mark.parametrize("text", ["", "a", "ä & <" * 900])
def test_packets_have_one_length_so_that_file_sizes_say_nothing(text):
    xmp = packet("digitalCapture", text, text)
    assert len(xmp) == LENGTH
    ET.fromstring(xmp.decode()[xmp.decode().index("<x:xmpmeta") : -len('<?xpacket end="w"?>')])


@pytest.mark.parametrize("data", [encode_jpeg(IMAGE, 92), encode_png(IMAGE)], ids=["jpeg", "png"])
def test_a_second_mark_replaces_the_first(data):
    once = mark(data, XMP, "")
    again = mark(once, packet("digitalCapture", "", ""), "")
    assert read_mark(again) == "digitalCapture"
    assert len(again) == len(once)
    assert again.count(b"<?xpacket begin") == 1


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10"])
def test_what_cannot_be_marked_is_refused_with_its_place(data):
    with pytest.raises(DataError, match=r"7\.gif"):
        mark(data, XMP, "7.gif")

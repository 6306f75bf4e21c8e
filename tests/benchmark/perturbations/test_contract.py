"""What every row of ``PERTURBATIONS`` promises."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from manyfaces.benchmark.perturbations.operator import GROUPS, SEVERITIES, size_of
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.core.errors import UsageError
from manyfaces.core.files import sha256
from manyfaces.core.images import fit_within, read_image


def scene(height, width, seed=0):
    """Smooth colours, edges and texture: what a photograph has."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(30, 225, (max(2, height // 24), max(2, width // 24), 3)).astype(np.uint8)
    image = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    for _ in range(8):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        radius = int(rng.integers(2, max(3, height // 6)))
        cv2.circle(image, centre, radius, tuple(map(float, rng.integers(0, 255, 3))), -1)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def ssim(first, second):
    """Mean structural similarity over the three channels (Wang et al., 2004)."""
    a, b = (x.astype(np.float32) for x in (first, second))

    def blur(x):
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    mean_a, mean_b = blur(a), blur(b)
    var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
    both = blur(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


def psnr(first, second):
    """Peak signal to noise ratio, dB; 99 for equal pictures."""
    error = ((first.astype(np.float32) - second) ** 2).mean(dtype=np.float64)
    return float(10 * np.log10(255**2 / error)) if error else 99.0


@pytest.fixture(params=PERTURBATIONS.values(), ids=PERTURBATIONS)
def row(request):
    return request.param


def perturbed(row, image, severity, seed=0):
    return row.apply(image, row.draw(np.random.default_rng(seed), severity, size_of(image)))


def test_every_group_has_operators():
    assert {row.group for row in PERTURBATIONS.values()} == set(GROUPS)


def test_a_row_is_described_and_its_severities_differ(row):
    assert row.description
    assert row.source
    assert row.version >= 1
    assert len({json.dumps(settings) for settings in row.severities}) == 5


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("size", [(32, 32), (61, 97), (480, 360)])
def test_pixels_change_and_the_input_does_not(row, severity, size):
    image = scene(*size)
    before = image.copy()
    image.setflags(write=False)
    result = perturbed(row, image, severity)
    assert np.array_equal(image, before)
    assert result.shape == image.shape
    assert result.dtype == np.uint8
    # More than a few stray pixels: at least a hundredth of the values.
    assert (result != image).mean() > 0.01 or severity == 1
    assert (result != image).any()


def test_a_large_picture_is_taken(row):
    image = np.tile(scene(500, 750), (3, 3, 1))
    result = perturbed(row, image, 5)
    assert result.shape == image.shape
    assert (result != image).any()


def test_a_sliver_is_taken(row):
    for size in ((1, 1), (3, 200), (200, 2)):
        assert perturbed(row, scene(*size), 5).shape == (*size, 3)


def test_gray_black_and_white_pictures_are_taken(row):
    gray = np.repeat(scene(64, 64)[:, :, :1], 3, axis=2)
    for image in (gray, np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)):
        for severity in (1, 5):
            result = perturbed(row, image, severity)
            assert result.shape == image.shape
            assert result.dtype == np.uint8


def test_a_severity_outside_one_to_five_is_refused(row):
    with pytest.raises(UsageError, match="severity"):
        row.draw(np.random.default_rng(0), 6, (64, 64))


def test_parameters_are_numbers_and_survive_json(row):
    image = scene(80, 90)
    params = row.draw(np.random.default_rng(0), 3, size_of(image))
    again = json.loads(json.dumps(params))
    assert all(type(value) in {int, float} for value in params.values())
    assert again == params
    assert np.array_equal(row.apply(image, params), row.apply(image, again))


def test_library_and_other_calls_in_between_change_nothing():
    image = scene(80, 90)
    first = {row.name: perturbed(row, image, 3) for row in PERTURBATIONS.values()}
    np.random.default_rng(9)
    for row in reversed(PERTURBATIONS.values()):
        perturbed(row, image, 2, seed=5)
        assert np.array_equal(perturbed(row, image, 3), first[row.name]), row.name


def check_monotone(row, images, draws):
    """Mean SSIM and PSNR fall with each severity."""
    similar, ratios = [], []
    for severity in SEVERITIES:
        pairs = [
            (image, perturbed(row, image, severity, seed))
            for image in images
            for seed in range(draws)
        ]
        similar.append(np.mean([ssim(*pair) for pair in pairs]))
        ratios.append(np.mean([psnr(*pair) for pair in pairs]))
    assert (np.diff(similar) < 0).all(), similar
    assert (np.diff(ratios) < 0).all(), ratios


def test_severities_are_monotone(row):
    check_monotone(row, [scene(140, 200, seed) for seed in range(3)], draws=4)


def test_severities_are_monotone_on_tiny_pictures(row):
    check_monotone(row, [scene(32, 32, seed) for seed in range(12)], draws=4)


@pytest.fixture(scope="module")
def photographs(shared):
    paths = sorted((shared / "photos" / "open").glob("*.jpg"))[::60]
    return [fit_within(read_image(path), 320) for path in paths]


def test_severities_are_monotone_on_photographs(row, photographs):
    assert len(photographs) >= 5
    check_monotone(row, photographs, draws=2)


@pytest.mark.parametrize("name", [row.name for row in PERTURBATIONS.values() if row.scales])
def test_a_severity_means_the_same_at_384_and_1024_pixels(name):
    row = PERTURBATIONS[name]
    large = [cv2.GaussianBlur(scene(768, 1024, seed), (0, 0), 2) for seed in range(3)]
    means = []
    for side in (384, 1024):
        images = [fit_within(image, side) for image in large]
        pairs = [(i, perturbed(row, i, 3, seed)) for i in images for seed in range(2)]
        means.append(np.mean([psnr(*pair) for pair in pairs]))
    assert abs(means[0] - means[1]) < 2.5, means


def test_another_process_in_another_order_makes_the_same_bytes():
    code = (
        "import numpy as np\n"
        "from manyfaces.benchmark.perturbations.table import PERTURBATIONS\n"
        "from manyfaces.core.files import sha256\n"
        "image = np.random.default_rng(0).integers(0, 255, (60, 70, 3), dtype=np.uint8)\n"
        "def make(row):\n"
        "    return row.apply(image, row.draw(np.random.default_rng(5), 4, (60, 70)))\n"
        "made = {row.name: make(row) for row in reversed(PERTURBATIONS.values())}\n"
        "print(sha256(b''.join(made[name].tobytes() for name in sorted(made))))"
    )
    image = np.random.default_rng(0).integers(0, 255, (60, 70, 3), dtype=np.uint8)
    made = {row.name: perturbed(row, image, 4, seed=5) for row in PERTURBATIONS.values()}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == sha256(b"".join(made[name].tobytes() for name in sorted(made)))


def test_the_number_of_threads_changes_nothing(row):
    image = scene(300, 400)
    before = cv2.getNumThreads()
    try:
        results = []
        for threads in (1, 4):
            cv2.setNumThreads(threads)
            results.append(perturbed(row, image, 5))
    finally:
        cv2.setNumThreads(before)
    assert np.array_equal(*results)

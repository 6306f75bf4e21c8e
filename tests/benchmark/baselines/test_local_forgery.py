import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines import local_forgery
from manyfaces.benchmark.baselines.local_forgery import (
    changed,
    forged_twin,
    saved_alike,
    soft_mask,
)


def _window(seed: int, side: int = 96):
    """A smooth picture with noise on it, as a camera makes it."""
    draws = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 6, generator=draws) * 160 + 40
    smooth = torch.nn.functional.interpolate(coarse, side, mode="bicubic")[0]
    return (smooth + 4 * torch.randn(3, side, side, generator=draws)).clamp(0, 255).round()


@pytest.mark.parametrize("seed", range(6))
def test_a_twin_is_forged_in_one_place_and_the_same_elsewhere(seed):
    torch.manual_seed(seed)
    window = _window(seed)
    forged = forged_twin(window, _window(seed + 100))
    assert forged.shape == window.shape
    assert torch.equal(forged, forged.round())
    assert forged.min() >= 0
    assert forged.max() <= 255
    apart = (forged != window).any(0)
    assert 0.005 < apart.float().mean() < 1
    assert (forged - window).abs()[:, apart].mean() > 0.5


def test_windows_saved_alike_are_what_jpeg_leaves_of_them():
    torch.manual_seed(0)
    window = _window(1)
    first, again = saved_alike([window, window])
    assert torch.equal(first, again)
    assert torch.equal(first, first.round())
    assert (first - window).abs().mean() < 8
    assert not torch.equal(first, window)


def test_windows_are_saved_at_many_qualities():
    torch.manual_seed(0)
    window = _window(1)
    errors = [round(float((saved_alike([window])[0] - window).abs().mean()), 3) for _ in range(60)]
    assert len(set(errors)) > 5
    assert max(map(errors.count, errors)) > 30  # that of a build comes up most


def test_the_same_seed_gives_the_same_twin():
    made = []
    for _ in range(2):
        torch.manual_seed(5)
        made.append(forged_twin(_window(1), _window(2)))
    assert torch.equal(*made)


@pytest.mark.parametrize("seed", range(10))
def test_a_mask_is_a_blob_that_fades(seed):
    torch.manual_seed(seed)
    mask = soft_mask(64)
    assert mask.shape == (64, 64)
    assert mask.min() >= 0
    assert mask.max() <= 1
    assert 0.005 < mask.mean() < 0.8
    assert ((mask > 0.05) & (mask < 0.95)).any()


@pytest.mark.parametrize("change", [change for _, change in local_forgery._CHANGES])
def test_every_change_changes_pixels_and_keeps_the_picture(change):
    torch.manual_seed(0)
    window, other = _window(1), _window(2)
    for _ in range(5):
        found = change(window, other)
        assert found.shape == window.shape
        assert torch.isfinite(found).all()
        assert not torch.equal(found, window)
        # It is still this place: alike once detail is gone, whatever the tint.
        coarse = [torch.nn.functional.avg_pool2d(each, 16).flatten() for each in (found, window)]
        assert torch.corrcoef(torch.stack(coarse))[0, 1] > 0.6


def test_nothing_goes_unchanged():
    torch.manual_seed(0)
    window = _window(1)
    assert all(not torch.equal(changed(window, window), window) for _ in range(50))

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.mask_rcnn_small import MaskRcnnSmall
from manyfaces.benchmark.baselines.parameters import MaskRcnnSmallParameters
from manyfaces.benchmark.baselines.traces import (
    SMALLEST_FACE,
    WINDOW,
    TraceNetwork,
    face_windows,
    forged_cells,
    training_pairs,
)

FACES = ((20.0, 30, 60, 80), (200.0, 100, 330, 250))


def _picture(labels=(0, 1), size=(300, 400), seed=0):
    """A noisy picture with a face for each label, and their truth."""
    draws = torch.Generator().manual_seed(seed)
    image = torch.randint(60, 200, (3, *size), generator=draws).to(torch.uint8)
    boxes = torch.tensor(FACES[: len(labels)]).reshape(-1, 4)
    masks = torch.zeros(len(labels), *size, dtype=torch.uint8)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.int().tolist(), strict=True):
        mask[y0:y1, x0:x1] = 1
    return image, {"boxes": boxes, "labels": torch.tensor(labels).long(), "masks": masks}


@pytest.mark.parametrize(
    ("box", "count"),
    [
        ((400.0, 300, 440, 350), 1),
        ((400.0, 300, 598, 330), 1),  # 198 pixels: a window leaves out 19 at each end
        ((400.0, 300, 602, 330), 2),
        ((300.0, 200, 700, 720), 9),  # 400 x 520 pixels
    ],
)
def test_a_face_has_as_many_windows_as_its_size_asks(box, count):
    image = torch.zeros(3, 1000, 1200)
    x0, y0, x1, y1 = map(int, box)
    image[:, y0:y1, x0:x1] = 1
    windows = face_windows(image, torch.tensor(box))
    assert windows.shape == (count, 3, WINDOW, WINDOW)
    # Most of the face is seen.
    assert windows[:, 0].sum() >= 0.75 * (y1 - y0) * (x1 - x0)


def test_windows_begin_where_blocks_of_jpeg_do():
    image = torch.arange(1000 * 1200).reshape(1, 1000, 1200).expand(3, -1, -1)
    for x0 in range(300, 320):
        for window in face_windows(image, torch.tensor([float(x0), 200, x0 + 300, 500])):
            top, left = divmod(int(window[0, 0, 0]), 1200)
            assert top % 8 == left % 8 == 0


@pytest.mark.parametrize("size", [(9, 40), (64, 64), (70, 300)])
def test_a_small_picture_is_continued_at_its_edges(size):
    image = torch.rand(3, *size)
    found = face_windows(image, torch.tensor([size[1] - 9.0, size[0] - 9.0, *size[::-1]]))
    assert found.shape[1:] == (3, WINDOW, WINDOW)
    assert set(found.unique().tolist()) <= set(image.unique().tolist())


def test_an_even_picture_has_no_detail():
    grey = torch.full((1, 3, 32, 32), 128.0)
    planes = TraceNetwork(8).planes(grey)
    assert planes.shape == (1, 6, 32, 32)
    assert planes[:, :3].abs().max() < 1e-4
    assert torch.allclose(planes[:, 3], torch.zeros(1, 32, 32), atol=1e-4)  # 128 / 64 − 2


def test_faces_are_judged_each_for_itself_in_their_order():
    torch.manual_seed(0)
    net = TraceNetwork(8).eval()
    image, _ = _picture()
    boxes = torch.tensor(
        [[20.0, 30, 60, 80], [200, 100, 330, 250], [140, 30, 180, 80], [100, 200, 145, 250]]
    )
    with torch.inference_mode():
        together = net.judge(image, boxes)
        alone = torch.cat([net.judge(image, box[None]) for box in boxes])
    assert torch.allclose(together, alone, atol=1e-5)
    assert len(together.unique()) == 4
    assert net.judge(image, torch.zeros(0, 4)).shape == (0,)


def test_faces_too_small_for_traces_are_not_judged():
    net = TraceNetwork(8).eval()
    image, _ = _picture()
    small = SMALLEST_FACE - 1.0
    boxes = torch.tensor([[10.0, 10, 10 + small, 10 + small], [20, 30, 60, 80]])
    with torch.inference_mode():
        found = net.judge(image, boxes)
    assert found[0] == 0
    assert found[1] != 0
    assert (net.judge(image, boxes[:1]) == 0).all()


def _with_original():
    """A picture whose second face is darker than in its original, and their truth."""
    original, target = _picture()
    image = original.clone()
    x0, y0, x1, y1 = map(int, FACES[1])
    image[:, y0:y1, x0:x1] -= 40
    return image, {**target, "original": original}


def test_pairs_of_a_forged_face_and_of_twins():
    torch.manual_seed(0)
    image, target = _with_original()
    for _ in range(10):
        (face, was), *twins = training_pairs([image], [target])
        assert face.shape == was.shape == (3, WINDOW, WINDOW)
        assert set((was - face).unique().tolist()) <= {0.0, 40.0}
        assert forged_cells(face, was).any()
        assert len(twins) == 2
        for forged, plain in twins:
            assert 0 < forged_cells(forged, plain).mean() < 1


def test_a_large_face_is_seen_all_over(monkeypatch):
    monkeypatch.setattr("manyfaces.benchmark.baselines.traces._TWINS", 0)
    torch.manual_seed(0)
    image = torch.zeros(3, 600, 600, dtype=torch.uint8)
    original = torch.arange(600 * 600).reshape(1, 600, 600).expand(3, -1, -1)
    target = {
        "boxes": torch.tensor([[100.0, 50, 500, 550]]),
        "labels": torch.tensor([1]),
        "masks": torch.ones(1, 600, 600, dtype=torch.uint8),
        "original": original,
    }
    starts = [int(training_pairs([image], [target])[0][1][0, 0, 0]) for _ in range(200)]
    rows, columns = zip(*[divmod(start, 600) for start in starts], strict=True)
    assert min(rows) < 90
    assert max(rows) > 350
    assert min(columns) < 140
    assert max(columns) > 300


def test_forged_cells_are_those_that_differ():
    plain = torch.zeros(3, 32, 32)
    forged = plain.clone()
    forged[0, 8:16, 16:24] = 1.0
    forged[1, 0, 0] = 40.0  # one pixel of 64: less than one level on the mean
    assert forged_cells(forged, plain).nonzero().tolist() == [[1, 2]]


def test_pictures_without_faces_and_pictures_forged_all_over():
    torch.manual_seed(0)
    image, target = _picture(labels=())
    assert len(training_pairs([image], [target])) == 2
    image, target = _picture(labels=(1,))
    target["masks"][:] = 1
    assert training_pairs([image], [target]) == []


def test_without_anything_to_learn_from_the_losses_are_zero(monkeypatch):
    net = TraceNetwork(8)
    monkeypatch.setattr("manyfaces.benchmark.baselines.traces.training_pairs", lambda *_: [])
    losses = net.losses(*([part] for part in _picture()))
    sum(losses.values()).backward()
    assert all(value == 0 for value in losses.values())
    assert all(weights.grad is not None for weights in net.parameters())


def test_it_learns_which_windows_hold_something_forged():
    torch.manual_seed(0)
    image, target = _with_original()
    net = TraceNetwork(8)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    first = None
    for _ in range(30):
        torch.manual_seed(1)  # the same windows each time
        losses = net.losses([image], [target])
        first = first or losses["loss_trace_label"].item()
        optimiser.zero_grad()
        sum(losses.values()).backward()
        optimiser.step()
    assert losses["loss_trace_label"] < first / 3


def test_whole_numbers_and_fractions_of_the_same_values_give_the_same_losses():
    net = TraceNetwork(8).eval()
    image, target = _picture()
    found = []
    for pixels in (image, image.float()):
        torch.manual_seed(3)
        found.append(net.losses([pixels], [target]))
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_half_precision_leaves_the_windows_as_they_are(monkeypatch):
    seen = []
    net = TraceNetwork(8)
    monkeypatch.setattr(
        net, "planes", lambda pixels: seen.append(pixels) or pixels.repeat(1, 2, 1, 1)
    )
    image, target = _picture()
    for enabled in (False, True):
        torch.manual_seed(3)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            net.losses([image], [target])
    assert torch.equal(*seen)


@pytest.fixture
def small():
    torch.manual_seed(0)
    shape = {"side": 128, "channels": 16, "min_score": 0.0, "max_faces": 5}
    return MaskRcnnSmall(MaskRcnnSmallParameters(traces=8, trained="traces", **shape))


def test_the_small_baseline_trains_them_alone(small):
    image, target = _picture()
    losses = small.losses([image], [target])
    assert set(losses) == {"loss_trace_label", "loss_trace_map"}
    sum(losses.values()).backward()
    trained = {
        name.split(".")[0] for name, part in small.named_parameters() if part.grad is not None
    }
    assert trained == {"traces"}


def test_what_they_say_counts_for_the_answer(small):
    image = _picture()[0].permute(1, 2, 0).numpy()
    before = small.predict([image], [1])[0]
    assert len(before)
    torch.nn.init.constant_(small.traces.logit[1].bias, 20.0)
    after = small.predict([image], [1])[0]
    assert after.labels.all()
    assert (after.boxes == before.boxes).all()


def test_they_answer_in_half_precision_too(small):
    image = _picture()[0].permute(1, 2, 0).numpy()
    torch.nn.init.constant_(small.traces.logit[1].bias, 20.0)
    with torch.autocast("cpu", torch.bfloat16):
        (found,) = small.predict([image], [1])
    assert len(found)
    assert found.labels.all()


def test_an_attack_reaches_the_picture_through_them(small):
    small.eval()
    image, target = _picture()
    pixels = image.float().requires_grad_()
    loss = small.traces.label_loss([pixels], [target])
    loss.backward()
    assert pixels.grad is not None
    assert pixels.grad.abs().sum() > 0
    assert small.traces.label_loss([image], [_picture(labels=())[1]]) == 0


def test_an_attack_raises_what_every_part_says_whichever_was_trained_last(small):
    image, target = _picture()
    small.traces.eval()  # as an attack has it
    attacked = small.attack_losses([image], [target])
    assert attacked["loss_trace_label"] == small.traces.label_loss([image], [target])
    small.trained = "all"
    names = set(small.losses([image], [target]))
    assert names - set(attacked) == {"loss_trace_map"}
    assert set(attacked) < names


def test_to_train_what_is_not_there_is_refused():
    with pytest.raises(ValueError, match="set traces"):
        MaskRcnnSmallParameters(trained="traces")

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.mask_rcnn import MaskRcnn
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.training import build_network, make_parameters
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import sha256_of_file
from torchvision.models import resnet18
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone

ROW = BASELINES["mask-rcnn"]
# torchvision's count for its R50-FPN of 91 classes (MaskRCNN_ResNet50_FPN_Weights.COCO_V1),
# in which frozen statistics and their scales are no parameters.
PUBLISHED = 44_401_393
# Of one class: a score and a box from 1024 features each with a bias, a mask from 256.
OF_ONE_CLASS = 5 * (1024 + 1) + (256 + 1)


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = resnet18(weights=None)
        network.bn1.running_mean.normal_()
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def coco(tmp_path_factory):
    """A detector of 91 classes, named as in torchvision's first release of its weights."""
    path = tmp_path_factory.mktemp("weights") / "maskrcnn_resnet18.pth"
    with torch.random.fork_rng():
        torch.manual_seed(8)
        model = MaskRCNN(resnet_fpn_backbone(backbone_name="resnet18", weights=None), 91)
    state = dict(model.state_dict())
    for layer in range(4):
        for kind in ("weight", "bias"):
            new, old = f"mask_head.{layer}.0.{kind}", f"mask_head.mask_fcn{layer + 1}.{kind}"
            state[f"roi_heads.{old}"] = state.pop(f"roi_heads.{new}")
    torch.save(state, path)
    return path


def started(**values):
    given = make_parameters(ROW, {"depth": "18", "side": "64", **values})
    return build_network(ROW, given, 0).model


def test_it_is_as_large_as_published():
    network = MaskRcnn(ROW.parameters(norm="frozen"))
    found = sum(value.numel() for value in network.parameters())
    assert found == PUBLISHED - (91 - 3) * OF_ONE_CLASS


def test_imagenets_weights_fill_the_trunk_and_freeze_its_first_stage(imagenet):
    model = started(weights=str(imagenet))
    state = torch.load(imagenet, weights_only=True)
    body = model.backbone.body.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in body.items())
    frozen = {name for name, v in model.backbone.body.named_parameters() if not v.requires_grad}
    assert frozen
    assert all(name.startswith(("conv1", "layer1")) for name in frozen)
    assert all(value.requires_grad for value in model.roi_heads.parameters())


def test_cocos_weights_fill_all_but_what_depends_on_the_classes(coco):
    model, fresh = started(weights=str(coco)), started()
    state = torch.load(coco, weights_only=True)
    found = model.state_dict()
    for name in ("backbone.fpn.inner_blocks.0.0.weight", "rpn.head.cls_logits.weight"):
        assert torch.equal(found[name], state[name])
    renamed = state["roi_heads.mask_head.mask_fcn2.weight"]
    assert torch.equal(found["roi_heads.mask_head.1.0.weight"], renamed)
    name = "roi_heads.box_predictor.cls_score.weight"
    assert found[name].shape == fresh.state_dict()[name].shape


def test_weights_train_with_batch_statistics_where_that_is_asked_for(imagenet):
    model = started(weights=str(imagenet), norm="batch")
    assert all(value.requires_grad for value in model.parameters())
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in model.backbone.body.modules())


def test_another_file_than_the_one_meant_is_refused(imagenet):
    started(weights=str(imagenet), sha256=sha256_of_file(imagenet))
    with pytest.raises(DataError, match="another file"):
        started(weights=str(imagenet), sha256="0" * 64)


@pytest.mark.parametrize(
    "values",
    [{"depth": "50"}, {"norm": "group"}],
    ids=["another depth", "a norm without statistics"],
)
def test_weights_that_do_not_fit_are_refused(imagenet, values):
    with pytest.raises(DataError, match="do not fit"):
        started(weights=str(imagenet), **values)


def test_weights_that_are_no_weights_are_refused(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="do not fit"):
        started(weights=str(path))


def test_weights_are_never_downloaded():
    with pytest.raises(UsageError, match="never downloaded"):
        started(weights="https://download.pytorch.org/models/resnet18-f37072fd.pth")


def test_the_file_is_needed_to_begin_and_never_again(imagenet):
    given = make_parameters(ROW, {"depth": 18, "side": 64, "weights": "gone.pth"})
    assert isinstance(ROW.build(given), MaskRcnn)


def test_an_unknown_depth_says_which_there_are():
    with pytest.raises(UsageError, match="18, 34, 50, 101, 152"):
        make_parameters(ROW, {"depth": 20})


@pytest.mark.parametrize(
    "shape",
    [
        {"channels": 80},
        {"channels": 112},
        {"width": 0.3},
        {"width": 0.625, "depth": 50},
        {"width": 1.1},
        {"width": 0.7, "norm": "batch"},
    ],
    ids=str,
)
def test_every_shape_that_may_be_asked_for_can_be_built_and_used(shape):
    values = {"depth": 18, "channels": 16, "side": 64, **shape}
    network = ROW.build(make_parameters(ROW, values))
    (found,) = network.predict([np.zeros((48, 64, 3), np.uint8)], [1])
    assert found.size == (48, 64)

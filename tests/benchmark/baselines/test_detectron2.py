"""``mask-rcnn-detectron2``: configurations, weights, and the same answers as Detectron2's own."""

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations import masks
from manyfaces.benchmark.baselines.network import to_target, to_tensor
from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.frameworks import require_detectron2
from manyfaces.benchmark.training import build_network, make_parameters
from manyfaces.core.errors import DataError, MissingDependencyError, UsageError

ROW = BASELINES["mask-rcnn-detectron2"]
NARROW = (
    "MODEL.FPN.OUT_CHANNELS 32 MODEL.ROI_BOX_HEAD.FC_DIM 64 MODEL.ROI_MASK_HEAD.CONV_DIM 32 "
    "MODEL.RPN.POST_NMS_TOPK_TEST 50 "
)
THIN = (
    "MODEL.RESNETS.STEM_OUT_CHANNELS 32 MODEL.RESNETS.WIDTH_PER_GROUP 32 "
    "MODEL.RESNETS.RES2_OUT_CHANNELS 64 "
)
SHALLOW = "MODEL.RESNETS.DEPTH 18 MODEL.RESNETS.RES2_OUT_CHANNELS 64 " + NARROW


def test_without_detectron2_the_install_line_is_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "detectron2.modeling", None)
    with pytest.raises(MissingDependencyError, match="--no-build-isolation") as caught:
        ROW.build(ROW.parameters())
    assert caught.value.exit_code == 2


def test_overrides_come_in_pairs():
    with pytest.raises(UsageError, match="KEY VALUE"):
        make_parameters(ROW, {"overrides": "MODEL.RESNETS.DEPTH"})


def test_a_side_of_none_leaves_the_size_to_the_configuration():
    assert make_parameters(ROW, {"side": "none"}).side is None


class TestWithDetectron2:
    """What needs Detectron2."""

    @pytest.fixture(autouse=True)
    def _needed(self):
        pytest.importorskip("detectron2", reason="Detectron2 is not installed")
        require_detectron2()  # without the warning of its first import

    def config(self, **values):
        from manyfaces.benchmark.baselines.detectron2_config import make_config

        return make_config(make_parameters(ROW, values))

    def test_from_scratch_nothing_is_frozen_and_groups_are_normalised(self):
        config = self.config()
        assert config.MODEL.RESNETS.NORM == config.MODEL.FPN.NORM == "GN"
        assert config.MODEL.BACKBONE.FREEZE_AT == 0
        assert config.MODEL.WEIGHTS == ""

    def test_with_weights_the_zoos_own_settings_stay(self):
        config = self.config(weights="R-50.pkl")
        assert config.MODEL.RESNETS.NORM == "FrozenBN"
        assert config.MODEL.BACKBONE.FREEZE_AT == 2

    def test_overrides_come_last(self):
        config = self.config(overrides="MODEL.RESNETS.NORM BN MODEL.RPN.NMS_THRESH 0.6")
        assert config.MODEL.RESNETS.NORM == "BN"
        assert config.MODEL.RPN.NMS_THRESH == 0.6

    @pytest.mark.parametrize(
        ("overrides", "word"),
        [
            ("SOLVER.BASE_LR 0.1", "manyfaces train"),
            ("DATASETS.TRAIN (1,)", "--data"),
            ("MODEL.WEIGHTS a.pth", "weights"),
            ("MODEL.ROI_HEADS.NUM_CLASSES 3", "real or fake"),
            ("INPUT.RANDOM_FLIP none", "--augment"),
            ("INPUT.CROP.ENABLED True", "--augment"),
            ("TEST.EVAL_PERIOD 10", "--val"),
            ("TEST.AUG.ENABLED True", "once"),
            ("CUDNN_BENCHMARK True", "no effect"),
            ("INPUT.MIN_SIZE_TEST 800", "side=none"),
            ("MODEL.NOTHING 1", "MODEL.NOTHING"),
            ("MODEL.RESNETS.DEPTH deep", "KEY VALUE"),
            ("MODEL.MASK_ON False", "instance segmenter"),
        ],
    )
    def test_overrides_that_would_do_nothing_are_refused(self, overrides, word):
        with pytest.raises(UsageError, match=word):
            self.config(overrides=overrides)

    @pytest.mark.parametrize(
        ("name", "word"),
        [
            ("COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_9x", "no such"),
            ("COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_1x.py", "Lazy"),
            ("COCO-Detection/retinanet_R_50_FPN_1x", "META_ARCHITECTURE"),
            ("COCO-Detection/faster_rcnn_R_50_FPN_1x", "MASK_ON"),
            ("COCO-Keypoints/keypoint_rcnn_R_50_FPN_1x", "MASK_ON"),
        ],
    )
    def test_configurations_that_segment_no_faces_are_refused(self, name, word):
        with pytest.raises(UsageError, match=word):
            self.config(config=name)

    def test_every_instance_segmenter_of_the_zoo_is_read(self):
        from manyfaces.benchmark.baselines.detectron2_config import ZOO

        folders = ("COCO-InstanceSegmentation", "Cityscapes", "LVISv1-InstanceSegmentation", "Misc")
        names = [
            str(path.relative_to(ZOO))
            for folder in folders
            for path in sorted((ZOO / folder).glob("*mask_rcnn*.yaml"))
        ]
        assert len(names) > 15
        for name in names:
            assert self.config(config=name).MODEL.ROI_HEADS.NUM_CLASSES == 2

    @pytest.mark.parametrize(
        ("config", "overrides", "losses"),
        [
            ("Misc/cascade_mask_rcnn_R_50_FPN_3x", SHALLOW, {"loss_cls_stage2", "loss_mask"}),
            (
                "COCO-InstanceSegmentation/mask_rcnn_X_101_32x8d_FPN_3x",
                NARROW + "MODEL.RESNETS.DEPTH 50 MODEL.RESNETS.WIDTH_PER_GROUP 1",
                {"loss_cls", "loss_mask"},
            ),
            ("COCO-InstanceSegmentation/mask_rcnn_R_50_DC5_1x", THIN + NARROW, {"loss_mask"}),
            ("point_rend", SHALLOW, {"loss_mask_point", "loss_mask"}),
        ],
        ids=["cascade", "X101, narrow", "DC5", "PointRend"],
    )
    def test_other_configurations_learn_and_predict(
        self, config, overrides, losses, eight_pictures, tmp_path
    ):
        from manyfaces.benchmark.baselines.detectron2_config import ZOO
        from manyfaces.benchmark.baselines.network import to_target, to_tensor

        if config == "point_rend":
            config = tmp_path / "point_rend.yaml"
            config.write_text(POINT_REND.format(base=ZOO / "Base-RCNN-FPN.yaml"))
        network = self.network(config=str(config), overrides=overrides, side=96)
        image, truth = eight_pictures[0]
        found = network.train().losses([to_tensor(image)], [to_target(truth)])
        assert losses <= found.keys()
        sum(found.values()).backward()
        (answer,) = network.predict([image], [1])
        assert answer.size == truth.size

    def network(self, **values):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return ROW.build(make_parameters(ROW, {"side": 96, "overrides": SHALLOW, **values}))

    def test_answers_are_those_of_detectron2_itself(self, eight_pictures):
        network = self.network(overrides=SHALLOW + "MODEL.ROI_HEADS.SCORE_THRESH_TEST 0.0")
        image = eight_pictures[0][0]
        (found,) = network.predict([image], [1])
        with torch.inference_mode():
            pixels = torch.tensor(image.transpose(2, 0, 1).copy())
            size = network.config.INPUT.MIN_SIZE_TEST
            scale = size / max(image.shape[:2])
            shape = [round(side * scale) for side in image.shape[:2]]
            resized = torch.nn.functional.interpolate(
                pixels[None].float(), shape, mode="bilinear", antialias=True
            )[0]
            row = {"image": resized.flip(0), "height": image.shape[0], "width": image.shape[1]}
            theirs = network.model.eval()([row])[0]["instances"]
        assert len(found) == len(theirs) > 10
        np.testing.assert_allclose(found.boxes, theirs.pred_boxes.tensor.numpy(), atol=1e-4)
        np.testing.assert_allclose(found.scores, theirs.scores.numpy(), atol=1e-6)
        assert (found.labels == theirs.pred_classes.numpy()).all()
        for rle, mask in zip(found.masks, theirs.pred_masks.numpy(), strict=True):
            assert (masks.decode(rle) == mask).all()

    def test_colours_come_in_the_order_that_the_configuration_names(self):
        image = torch.zeros(3, 8, 8)
        image[0] = 200.0
        assert self.network()._pixels(image, [8, 8])[:, 0, 0].tolist() == [0, 0, 200]
        rgb = self.network(overrides=SHALLOW + "INPUT.FORMAT RGB")
        assert rgb._pixels(image, [8, 8])[:, 0, 0].tolist() == [200, 0, 0]

    def test_the_configurations_own_size_is_drawn_as_detectron2_draws_it(self):
        sizes = SHALLOW + "INPUT.MIN_SIZE_TRAIN (40,60) INPUT.MAX_SIZE_TRAIN 100 "
        choice = self.network(side="none", overrides=sizes)
        assert {choice.sides() for _ in range(40)} == {(40, 100), (60, 100)}
        spread = self.network(side="none", overrides=sizes + "INPUT.MIN_SIZE_TRAIN_SAMPLING range")
        drawn = {spread.sides()[0] for _ in range(200)}
        assert min(drawn) >= 40
        assert max(drawn) <= 60
        assert len(drawn) > 15

    def test_an_attack_is_at_the_size_of_prediction(self, eight_pictures):
        from manyfaces.benchmark.adversarial.gradients import attackable

        image = to_tensor(eight_pictures[1][0])
        sizes = "INPUT.MIN_SIZE_TRAIN (40,) INPUT.MAX_SIZE_TRAIN 100 INPUT.MIN_SIZE_TEST 64 "
        for network in (self.network(jitter=0.5), self.network(side="none", overrides=sizes)):
            answered = network.eval().sides()
            with attackable(network, 0):
                rows = [network._training_row(image, to_target(eight_pictures[1][1]))["image"]]
                assert network.sides() == answered
            assert min(rows[0].shape[1:]) == answered[0] or max(rows[0].shape[1:]) == answered[1]

    def test_the_longer_side_is_what_was_asked_for(self, eight_pictures):
        from manyfaces.benchmark.baselines.network import to_target, to_tensor

        network = self.network(jitter=0)
        image, truth = eight_pictures[1]
        row = network._training_row(to_tensor(image), to_target(truth))
        assert max(row["image"].shape[1:]) == 96
        assert row["instances"].gt_masks.tensor.shape[1:] == row["image"].shape[1:]

    @pytest.mark.parametrize("side", [64, 90, 150, 333])
    def test_masks_are_resized_as_detectron2_resizes_them(self, eight_pictures, side):
        from detectron2.data.transforms import ResizeShortestEdge

        network = ROW.build(make_parameters(ROW, {"overrides": SHALLOW, "side": side, "jitter": 0}))
        for image, truth in eight_pictures[:-1]:
            target = to_target(truth)
            row = network._training_row(to_tensor(image), target)
            resize = ResizeShortestEdge(side, side).get_transform(image)
            for got, mask in zip(row["instances"].gt_masks.tensor, target["masks"], strict=True):
                expected = resize.apply_segmentation(mask.numpy())
                # A centre that falls between two pixels may be either's.
                assert (got.numpy() == expected).mean() > 0.998

    def test_a_training_that_diverges_is_told_by_its_losses(self, eight_pictures):
        from manyfaces.benchmark.baselines.network import to_target, to_tensor

        network = self.network().train()
        with torch.no_grad():
            network.model.proposal_generator.rpn_head.anchor_deltas.bias.fill_(torch.nan)
        image, truth = eight_pictures[0]
        losses = network.losses([to_tensor(image)], [to_target(truth)])
        assert not torch.isfinite(sum(losses.values()))

    def test_it_has_the_weights_of_torchvisions_but_for_how_classes_are_counted(self):
        """The background has neither a box nor a mask in Detectron2."""
        other = BASELINES["mask-rcnn"]
        counts = [
            sum(value.numel() for value in row.build(row.parameters()).parameters())
            for row in (other, ROW)
        ]
        assert counts[0] - counts[1] == 4 * (1024 + 1) + (256 + 1)

    def test_a_checkpoint_of_many_classes_fills_all_but_their_layers(self, tmp_path):
        donor = self.network()
        state = dict(donor.model.state_dict())
        name = "roi_heads.box_predictor.cls_score.weight"
        state[name] = torch.zeros(81, state[name].shape[1])
        torch.save({"model": state}, tmp_path / "coco.pth")
        with torch.random.fork_rng():
            torch.manual_seed(1)
            parameters = {
                "side": 96, "overrides": SHALLOW, "norm": "group", "weights": tmp_path / "coco.pth",
            }  # fmt: skip
            found = build_network(ROW, make_parameters(ROW, parameters), 1).model.state_dict()
        assert found[name].shape[0] == 3
        assert all(torch.equal(found[key], state[key]) for key in found if key != name)

    def test_weights_of_another_trunk_are_refused(self, tmp_path):
        donor = self.network(overrides=SHALLOW.replace("DEPTH 18", "DEPTH 34"))
        state = {k: v for k, v in donor.model.state_dict().items() if "res5" not in k}
        torch.save({"model": state}, tmp_path / "other.pth")
        given = {"side": 96, "overrides": SHALLOW, "weights": tmp_path / "other.pth"}
        with pytest.raises(DataError, match="do not fit"):
            build_network(ROW, make_parameters(ROW, given), 0)

    def test_weights_are_never_downloaded(self):
        given = {"weights": "detectron2://ImageNetPretrained/MSRA/R-50.pkl"}
        with pytest.raises(UsageError, match="never downloaded"):
            build_network(ROW, make_parameters(ROW, {"overrides": SHALLOW, **given}), 0)


# The model zoo's PointRend for instances, whose file the installed package leaves out.
POINT_REND = """
_BASE_: {base}
MODEL:
  MASK_ON: true
  ROI_BOX_HEAD: {{TRAIN_ON_PRED_BOXES: True}}
  ROI_MASK_HEAD:
    POOLER_TYPE: ""
    NAME: PointRendMaskHead
    FC_DIM: 64
    NUM_FC: 2
    OUTPUT_SIDE_RESOLUTION: 7
    IN_FEATURES: ["p2"]
    POINT_HEAD_ON: True
  POINT_HEAD: {{FC_DIM: 32, NUM_FC: 3, IN_FEATURES: ["p2"]}}
  ROI_HEADS: {{NAME: PointRendROIHeads}}
INPUT: {{MASK_FORMAT: bitmask}}
"""

"""The loop: what trains, what stays, and that a run which was stopped ends with the same weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.console import Reporter
from engine.errors import ConfigError, ModelError, OutputError
from engine.grid import Tile
from engine.models.lora import LoraSpec, adapter_parameters, load_adapter
from engine.models.sam2 import Sam2Segmenter, build_sam2
from tests.engine.model_helpers import CPU, points, shallow_segmenter
from tests.training.adapt.helpers import SMALL, place, sample, tiny_segmenter
from training.adapt import step, trainer
from training.adapt.options import AdaptOptions, TeacherOptions
from training.adapt.prototypes import Memory
from training.adapt.recipe import train
from training.adapt.ssa import Queue
from training.adapt.step import StepResult, adapt_step, more_clicks
from training.adapt.student import Student
from training.adapt.teachers import Labels, label
from training.adapt.trainer import Adaptation, Diverged, fit, learning_rate, order


def adaptation(total: int = 4, options: AdaptOptions = SMALL, truth: bool = False) -> Adaptation:
    return Adaptation(tiny_segmenter(), [place(truth)], options, total, seed=3)


def gradients(options: AdaptOptions) -> list[torch.Tensor]:
    student = Student(tiny_segmenter(), options.lora, 0)
    result = adapt_step(student, sample(), options, Memory(Queue(8)), np.random.default_rng(0))
    assert result.loss is not None
    result.loss.backward()
    return [torch.zeros(1) if p.grad is None else p.grad.clone() for p in student.parameters]


def test_a_fresh_adapter_changes_nothing() -> None:
    model = tiny_segmenter()
    tile = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    asked = points([(100.0, 100.0, 1)])
    before = model.decode(model.encode(tile), asked, True).logits
    Student(model, LoraSpec(4, None, ("qkv", "proj", "mlp", "conv", "decoder")), 0)
    assert torch.equal(model.decode(model.encode(tile), asked, True).logits, before)


def test_only_the_adapter_is_trained() -> None:
    run = adaptation()
    trained = {id(p) for _, p in adapter_parameters(run.student.model)}
    before = {name: p.clone() for name, p in run.student.model.module.named_parameters()}
    run.run()
    for name, parameter in run.student.model.module.named_parameters():
        assert torch.equal(parameter, before[name]) == (id(parameter) not in trained), name


def test_ssa_has_a_gradient_and_detached_it_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with_ssa, without = gradients(SMALL), gradients(replace(SMALL, ssa=0.0))
    assert any(not torch.allclose(a, b) for a, b in zip(with_ssa, without, strict=True))
    plain = trainer.ssa.weak_strong
    monkeypatch.setattr(trainer.ssa, "weak_strong", lambda weak, strong: plain(weak, strong.detach()))
    detached = gradients(SMALL)
    assert all(torch.allclose(a, b) for a, b in zip(detached, without, strict=True))


def test_a_run_that_was_stopped_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = adaptation()
    whole.run()
    first = adaptation()

    def stop(log: dict[str, float]) -> None:
        if log["step"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        first.run(stop)
    first.save(tmp_path / "c.pt", {"seed": 3})
    second = adaptation()
    second.resume(tmp_path / "c.pt", {"seed": 3})
    second.run()
    for weights in ("student", "ema"):
        one, other = whole.student.state(weights), second.student.state(weights)
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert [log["step"] for log in second.logs] == [1, 2, 3, 4]


def test_a_run_with_other_options_is_not_gone_on_with(tmp_path: Path) -> None:
    adaptation().save(tmp_path / "c.pt", {"seed": 3, "rate": 1})
    with pytest.raises(ConfigError, match="another rate"):
        adaptation().resume(tmp_path / "c.pt", {"seed": 3, "rate": 2})


@pytest.mark.parametrize("content", [b"", b"nonsense" * 100])
def test_a_damaged_checkpoint_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.pt").write_bytes(content)
    with pytest.raises(ModelError, match=r"c\.pt"):
        adaptation().resume(tmp_path / "c.pt", {})


def test_two_flipped_bytes_in_the_weights_are_not_trained_on_with(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    run = adaptation()
    run.save(path, {})
    content = bytearray(path.read_bytes())
    kept = next(value for name, value in run.student.state().items() if "lora_A" in name)
    place = content.index(kept.numpy().tobytes())
    content[place + 2] ^= 4
    content[place + 7] ^= 4
    path.write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        adaptation().resume(path, {})


def test_a_disk_that_refuses_leaves_the_earlier_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = adaptation()
    run.save(tmp_path / "c.pt", {})
    before = (tmp_path / "c.pt").read_bytes()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OutputError, match="No space left"):
        run.save(tmp_path / "c.pt", {})
    assert (tmp_path / "c.pt").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["c.pt"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e9])
def test_a_loss_that_is_no_number_or_explodes_stops_with_the_last_good_weights(
    bad: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = adaptation()
    run._one()
    good = run.student.state()  # the loss of the third step comes from the second one's update
    run._one()

    def broken(*args: object) -> StepResult:
        return StepResult(sum(p.sum() for p in run.student.parameters) * 0 + bad, {}, {})

    monkeypatch.setattr(trainer, "adapt_step", broken)
    with pytest.raises(Diverged, match=r"step 3.*Try a lower --rate"):
        run.run()
    assert all(torch.equal(value, good[name]) for name, value in run.student.state().items())


def test_a_gradient_that_is_no_number_stops_before_it_does_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    run = adaptation()
    run._one()
    good = run.student.state()

    def broken(*args: object) -> StepResult:
        # The square root of 0 has an infinite slope: the loss is a number, its gradient is not.
        return StepResult(sum((p * 0).sum().sqrt() for p in run.student.parameters), {}, {})

    monkeypatch.setattr(trainer, "adapt_step", broken)
    run._good = None
    with pytest.raises(Diverged, match="gradient"):
        run.run()
    assert all(torch.equal(value, good[name]) for name, value in run.student.state().items())


def test_weights_that_are_no_numbers_at_the_end_are_not_kept() -> None:
    run = adaptation(total=2)
    before: list[dict[str, torch.Tensor]] = []

    def spoil(log: dict[str, float]) -> None:
        if log["step"] == 1:
            before.append(run.student.state())
        else:
            run.student.parameters[0].data.fill_(float("nan"))

    with pytest.raises(Diverged, match="weights"):
        run.run(spoil)
    assert all(torch.equal(value, before[0][name]) for name, value in run.student.state().items())


def test_the_last_good_weights_outlive_a_stop(tmp_path: Path) -> None:
    run = adaptation()
    for _ in range(2):
        run._one()
    run.save(tmp_path / "state.pt", {})
    again = adaptation()
    again.resume(tmp_path / "state.pt", {})
    assert run._good is not None
    assert again._good is not None
    for kept, found in zip(run._good, again._good, strict=True):
        assert all(torch.equal(kept[name], found[name]) for name in kept)


@pytest.mark.parametrize(
    ("weights", "stop", "drifts"),
    [("student", True, True), ("frozen", True, False), ("student", False, False)],
)
def test_only_a_moving_teacher_drifts_and_only_where_that_stops_it(
    weights: str, stop: bool, drifts: bool
) -> None:
    teacher = replace(SMALL.teacher, kind="self-training", weights=weights)
    run = Adaptation(tiny_segmenter(), [place()], replace(SMALL, teacher=teacher), 99, 0, stop_on_drift=stop)
    run.logs = [{"area_ratio": 9.0, "share": 0.1}] * trainer.DRIFT_STEPS
    assert run.drifted == drifts


def test_timing_a_step_changes_nothing() -> None:
    timed, plain = adaptation(), adaptation()
    assert timed.time_step() > 0
    timed.run()
    plain.run()
    one, other = timed.student.state(), plain.student.state()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_every_epoch_visits_every_tile_once_in_another_order() -> None:
    epochs = [order(0, epoch, 30).tolist() for epoch in range(3)]
    assert all(sorted(epoch) == list(range(30)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_the_rate_warms_up_and_falls_by_tens() -> None:
    options = AdaptOptions(rate=1.0, warm_up=250, milestones=(0.6, 0.85))
    rates = [learning_rate(step, 100, options) for step in range(100)]
    assert rates[:3] == pytest.approx([0.05, 0.1, 0.15])
    assert rates[20] == rates[59] == 1
    assert rates[60] == rates[84] == pytest.approx(0.1)
    assert rates[99] == pytest.approx(0.01)


def test_teachers_answer_with_the_weights_asked_for_and_leave_the_students() -> None:
    run = adaptation()
    run.run()
    student = run.student
    own = student.state()
    seen = {}
    for weights in ("student", "ema", "frozen"):
        with student.using(weights) as model:
            seen[weights] = model.encode(sample().image).features.clone()
    base = tiny_segmenter().for_training().encode(sample().image).features
    assert torch.allclose(seen["frozen"], base, atol=1e-6)
    assert not torch.allclose(seen["student"], base)
    assert not torch.allclose(seen["student"], seen["ema"])
    assert all(torch.equal(value, own[name]) for name, value in student.state().items())


def test_a_frozen_teacher_leaves_the_adapter_trainable() -> None:
    student = Student(tiny_segmenter(), SMALL.lora, 0)
    with pytest.raises(RuntimeError), student.using("frozen"):
        raise RuntimeError
    assert all(parameter.requires_grad for parameter in student.parameters)
    student.model.embed(torch.zeros(1, 3, 256, 256)).features.sum().backward()
    assert any(parameter.grad is not None for parameter in student.parameters)


def test_a_doubtful_object_counts_less_even_if_it_is_alone_on_its_tile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses = []
    for weight in (1.0, 0.25):

        def weighed(*given: object, weight: float = weight) -> Labels:
            found = label(*given)  # type: ignore[arg-type]  # what the step gave
            return replace(found, weights=np.full(len(found.rows), weight, np.float32))

        monkeypatch.setattr(step, "label", weighed)
        student = Student(tiny_segmenter(), SMALL.lora, 0)
        options = replace(SMALL, ssa=0.0, more_clicks=0)
        result = adapt_step(student, sample(), options, Memory(Queue(8)), np.random.default_rng(0))
        assert result.loss is not None
        losses.append(result.loss.item())
    assert losses[1] == pytest.approx(losses[0] / 4, rel=1e-5)


def test_further_clicks_lie_in_their_own_targets() -> None:
    truth = sample().truth
    assert truth is not None
    masks = (truth > 0.5).astype(np.float32)
    asked = more_clicks(masks, 5, 256, np.random.default_rng(0))
    assert len(asked) == 15
    for number, prompt in enumerate(asked):
        x, y = (prompt.xy[0] / 4).astype(int)
        assert masks[number % 3][y, x] == 1


# Targets of random weights are as unstable as can be, and would count for nothing.
ALL_ALIKE = replace(SMALL, teacher=replace(SMALL.teacher, stability_power=0.0))


@pytest.mark.parametrize(
    "options", [replace(SMALL, teacher=TeacherOptions(kind="supervised"), ssa=0.0), ALL_ALIKE]
)
def test_the_loop_also_runs_on_sam(options: AdaptOptions) -> None:
    run = Adaptation(shallow_segmenter(), [place(truth=True)], options, 2, 0)
    before = run.student.state()
    run.run()
    assert all(log["dice"] > 0 and log["labelled"] > 0 for log in run.logs)
    assert any(not torch.equal(value, before[name]) for name, value in run.student.state().items())


def test_the_loop_also_runs_on_sam2() -> None:
    torch.manual_seed(0)
    module = build_sam2("sam2.1_hiera_t", ["model.image_size=512"])
    model = Sam2Segmenter(module, "sam2.1_hiera_t", "0" * 64, CPU)
    seen = place()
    tile = Tile(0, 0, 0, 0, 0, 256, 512)
    run = Adaptation(model, [replace(seen, job=replace(seen.job, tile=tile))], ALL_ALIKE, 1, 0)
    before = run.student.state()
    run.run()
    assert run.logs[0]["labelled"] > 0
    assert any(not torch.equal(value, before[name]) for name, value in run.student.state().items())


def poisoned(sound_steps: int) -> Adaptation:
    """A run whose loss becomes NaN after a number of steps."""
    run = adaptation(total=4)
    plain = run._result

    def result_of(visit: int) -> StepResult:
        result = plain(visit)
        if visit < sound_steps:
            return result
        assert result.loss is not None
        return replace(result, loss=result.loss * float("nan"))

    run._result = result_of  # type: ignore[method-assign]
    return run


def test_a_run_that_diverges_leaves_a_sound_adapter_in_its_place(tmp_path: Path) -> None:
    (tmp_path / ".run").mkdir()
    sound = {"base_sha256": "0" * 64, "status": "accepted"}
    (tmp_path / "card.json").write_text(json.dumps(sound))
    (tmp_path / "report.html").write_text("a report")
    with pytest.raises(Diverged):
        train(poisoned(1), tmp_path, {}, Reporter("train", quiet=True))
    assert json.loads((tmp_path / "card.json").read_text()) == sound
    assert (tmp_path / "report.html").exists()
    assert json.loads((tmp_path / "diverged" / "card.json").read_text())["steps"] == 1


@pytest.mark.parametrize("trained", [False, True])
def test_a_run_that_diverges_leaves_the_last_good_adapter_marked_so(trained: bool, tmp_path: Path) -> None:
    run = poisoned(2 if trained else 0)
    (tmp_path / ".run").mkdir()
    with pytest.raises(Diverged):
        train(run, tmp_path, {}, Reporter("train", quiet=True))
    card = json.loads((tmp_path / "card.json").read_text())
    assert (card["status"], card["steps"]) == ("diverged", 2 if trained else 0)
    fresh = tiny_segmenter()
    load_adapter(fresh, tmp_path)
    kept = dict(adapter_parameters(fresh))
    expected = run.student.state(run.options.final)
    assert all(torch.equal(kept[name], value) for name, value in expected.items())
    assert all(bool(value.isfinite().all()) for value in kept.values())
    assert any(value.any() for name, value in kept.items() if "lora_B" in name) == trained
    assert not (tmp_path / ".run" / "checkpoint.pt").exists()


def test_a_run_that_finds_nothing_to_learn_from_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = StepResult(None, {"labelled": 0.0}, {})
    (tmp_path / ".run").mkdir()
    for found, said in ((empty, True), (None, False)):
        run = adaptation(total=2)
        if found is not None:
            monkeypatch.setattr(run, "_result", lambda visit: empty)
        notes = fit(run, tmp_path / ".run" / "checkpoint.pt", {}, Reporter("train", as_json=True))
        assert ("nothing was learned" in capsys.readouterr().out) == said
        assert [note.split(":")[0] for note in notes] == ["nothing was learned"] * said


def test_the_seconds_of_a_run_count_from_before_a_stop(tmp_path: Path) -> None:
    first = adaptation(total=2)
    first.seconds = 1000.0
    first.save(tmp_path / "c.pt", {})
    second = adaptation(total=2)
    second.resume(tmp_path / "c.pt", {})
    (tmp_path / "run").mkdir()
    fit(second, tmp_path / "run" / "checkpoint.pt", {}, Reporter("train", quiet=True))
    assert 1000 < second.seconds < 1100

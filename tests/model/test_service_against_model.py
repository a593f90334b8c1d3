"""The whole service against the model: whatever is done in whatever order, and whatever fails."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from model.machine import ServiceAgainstModel

EXAMPLES, STEPS = 700, 50
LONGER_STEPS = 100

pytestmark = pytest.mark.proof


def test_the_service_does_what_the_model_foretells(pytestconfig: pytest.Config) -> None:
    seeds: int | None = pytestconfig.getoption("--seeds")
    how = settings(
        max_examples=EXAMPLES if seeds is None else seeds,
        stateful_step_count=STEPS if seeds is None else LONGER_STEPS,
        derandomize=seeds is None,  # the same stories in every run; with --seeds, others each time
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        print_blob=True,
        database=None,
        deadline=None,
    )
    run_state_machine_as_test(ServiceAgainstModel, settings=how)

"""Many schedules for each test that asks for one."""

import pytest

SCHEDULES = [{"strategy": "round-robin"}, {"strategy": "no-preemption"}] + [
    {"strategy": "random", "seed": seed, "clock": clock} for seed in range(10) for clock in ("virtual", "any")
]


@pytest.fixture(params=SCHEDULES, ids=lambda schedule: "-".join(map(str, schedule.values())))
def schedule(request):
    return request.param

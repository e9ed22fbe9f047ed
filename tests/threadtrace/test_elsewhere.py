"""Executions that are made elsewhere: on a cluster, and where a process cannot be copied."""

from __future__ import annotations

import os

import pytest

from tests.support import EXAMPLES, ROOT, command

LOST_UPDATE = os.path.join(EXAMPLES, "lost_update.py")
NO_FORK = {"THREADTRACE_NO_FORK": "1"}


def test_without_copies_of_a_process(tmp_path):
    done = command("explore", "--json", LOST_UPDATE, cwd=tmp_path, env=NO_FORK)
    found = done.json
    assert (found["verdict"], done.status) == ("failed", 1)
    assert found["failures"][0]["replayed"]
    replayed = command("replay", found["failures"][0]["trace"], cwd=tmp_path)
    assert "happened as recorded" in replayed.out


@pytest.mark.one_version
def test_the_same_is_found_without_copies_of_a_process(tmp_path):
    options = ("explore", "--json", "--strategy", "random", "--jobs", "1", "--no-label", "--no-shrink", LOST_UPDATE)
    copied, fresh = (command(*options, cwd=tmp_path, env=env).json for env in (None, NO_FORK))
    assert copied["failures"][0]["execution"] == fresh["failures"][0]["execution"]
    assert copied["failures"][0]["schedule"] == fresh["failures"][0]["schedule"]


@pytest.mark.one_version
def test_exhausted_without_copies_of_a_process(tmp_path):
    done = command("explore", "--json", os.path.join(EXAMPLES, "lock.py"), "2", "1", cwd=tmp_path, env=NO_FORK)
    assert done.json["verdict"] == "exhausted"


@pytest.mark.one_version
def test_bad_input_without_copies_of_a_process(tmp_path):
    done = command("explore", "-m", "no_such_module", cwd=tmp_path, env=NO_FORK)
    assert done.status == 2
    assert "no such module" in done.err
    assert len(done.err.strip().splitlines()) == 1


@pytest.mark.one_version
def test_a_cluster(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", processes=True
    ) as cluster:
        done = command("explore", "--json", "--dask", cluster.scheduler_address, LOST_UPDATE, cwd=tmp_path)
    assert done.json["verdict"] == "failed", done.err
    assert done.json["failures"][0]["replayed"]
    assert done.json["failures"][0]["shrunk"]["minimal"]


@pytest.mark.one_version
def test_no_cluster(tmp_path):
    pytest.importorskip("distributed")
    done = command("explore", "--dask", "tcp://127.0.0.1:9", LOST_UPDATE, cwd=tmp_path)
    assert done.status == 2
    assert "there is no Dask scheduler" in done.err


@pytest.mark.one_version
def test_without_the_package(tmp_path):
    (tmp_path / "distributed.py").write_text("raise ImportError\n")
    path = os.pathsep.join([ROOT, str(tmp_path)])
    done = command("explore", "--dask", "tcp://127.0.0.1:9", LOST_UPDATE, cwd=tmp_path, env={"PYTHONPATH": path})
    assert done.status == 2
    assert "pip install 'threadtrace[dask]'" in done.err

"""What the worker does by the clock."""

from shared.service import Runtime


def test_every_due_job_is_there_once(runtime: Runtime) -> None:
    names = [job.name for job in runtime.service.due_jobs(runtime)]
    assert names
    assert len(set(names)) == len(names)

"""Zones of a project folder, judged as the command does it, with a reader that keeps running."""

from gis.audit.clearance import HoldingProblem, judged_run
from gis.facts.build import build_facts
from gis.facts.executors import Threads
from gis.layers import load, read_project
from gis.policy import read_policy

ONE = Threads(1)


def cleared_by(folder, reader):
    """(the clearance, the problems of the layers); no clearance where a problem stops it."""
    project = read_project(folder)
    policy = read_policy(project.policy)
    loaded = load(project, reader, policy.devices)
    if any(problem.blocking for problem in loaded.problems):
        return None, loaded.problems
    facts = build_facts(loaded.tables, policy, project.as_of, ONE)
    found = HoldingProblem(loaded.problems, project.accept)
    return judged_run(facts, loaded.tables, policy, project.as_of, found), loaded.problems

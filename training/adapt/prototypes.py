"""PointSAM's prototype loss: the student's kinds of objects stay near those of the base model.

Instance embeddings of the base and of the student are clustered apart (FINCH), the centres are paired, and
paired centres are pulled together (Liu et al., arXiv 2409.13401, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor
from torch.nn import functional

from training.adapt.ssa import Queue

LENGTH = 512
"""Embeddings that are remembered of each model."""
EVERY = 30
"""Steps from one prototype loss to the next."""


def finch(embeddings: Tensor) -> np.ndarray:
    """(n,) cluster of each of (n, C) unit vectors: the first partition of FINCH.

    Two vectors are linked if one is the other's nearest by cosine, or if they share their nearest; clusters
    are the connected parts (Sarfraz et al. 2019, arXiv 1902.11266, equation 1). A link to a shared
    nearest adds nothing to that, since both are linked to it anyway.
    """
    count = len(embeddings)
    if count < 2:
        return np.zeros(count, np.int64)
    likeness = embeddings.detach() @ embeddings.detach().T
    nearest = likeness.fill_diagonal_(-torch.inf).argmax(dim=1).cpu().numpy()
    links = coo_array((np.ones(count), (np.arange(count), nearest)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1], np.int64)


def centres(embeddings: Tensor, clusters: np.ndarray) -> Tensor:
    """(c, C) unit vectors: the normalised mean of each cluster, with gradient."""
    member = torch.from_numpy(np.eye(int(clusters.max()) + 1, dtype=np.float32)[clusters]).to(embeddings)
    return functional.normalize(member.T @ embeddings, dim=1)


def prototype_loss(base: Tensor, student: Tensor) -> Tensor:
    """``mean (1 - b·s)`` over the pairs of centres that cost least together (Hungarian matching).

    In single precision, also within a run in half: which of two vectors is nearer must not be rounded away.

    Args:
        base: (n, C) unit vectors of the base model; what they tell is fixed.
        student: (m, C) unit vectors of the student; the gradient flows through their centres.
    """
    with torch.autocast(base.device.type, enabled=False):
        base, student = base.detach().float(), student.float()
        wanted = centres(base, finch(base))
        found = centres(student, finch(student))
        cost = 1 - wanted @ found.T
        rows, columns = linear_sum_assignment(cost.detach().cpu().numpy())
        return cost[rows, columns].mean()


@dataclass
class Memory:
    """What a run remembers of earlier objects.

    Attributes:
        weak: embeddings in the weak view, for the affinity form of SSA.
        base, student: embeddings of the two models, for the prototypes.
        bank: embeddings with the teacher's probability, for labels by neighbours.
    """

    weak: Queue
    base: Queue = field(default_factory=lambda: Queue(LENGTH))
    student: Queue = field(default_factory=lambda: Queue(LENGTH))
    bank: Queue = field(default_factory=lambda: Queue(LENGTH))

    def state(self) -> dict[str, list[Tensor]]:
        """For a checkpoint."""
        return {name: getattr(self, name).state() for name in ("weak", "base", "student", "bank")}

    def restore(self, state: dict[str, list[Tensor]]) -> None:
        """Take up what :meth:`state` gave."""
        for name, kept in state.items():
            getattr(self, name).restore(kept)

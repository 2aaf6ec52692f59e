"""The peers, one module for each."""

from collections.abc import Mapping

from peers.peer import Peer
from peers.tools.aim import Aim
from peers.tools.datalad import Datalad
from peers.tools.dvc import Dvc
from peers.tools.guild import Guild
from peers.tools.mlflow import Mlflow
from peers.tools.noworkflow import Noworkflow
from peers.tools.reprozip import Reprozip
from peers.tools.runprov import Runprov
from peers.tools.sacred import Sacred
from peers.tools.sumatra import Sumatra

TOOLS: Mapping[str, type[Peer]] = {
    each.name: each for each in (Dvc, Guild, Mlflow, Datalad, Sumatra, Aim, Sacred, Reprozip, Noworkflow, Runprov)
}

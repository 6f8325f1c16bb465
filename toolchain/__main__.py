"""`python3 -m toolchain`: build everything that a bare machine needs, and nothing else."""

import sys

from toolchain import build, programs, selection, virtual_environment
from toolchain.process import Failed, say

try:
    virtual_environment.ensure()
    build.ensure([*selection.lacking(minikube=True, node=True), programs.MINIO])
except Failed as error:
    sys.exit(str(error))
say("The toolchain is complete.")
